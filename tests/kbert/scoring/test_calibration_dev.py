"""Which dev triples a calibration is fitted on: what may be drawn, what is in which half, how few are too few."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from graphs.errors import DataError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.scoring import calibration_dev
from kbert.scoring.calibration_dev import calibrate, dev_triples
from kbert.triples.calibration import Calibration
from kbert.triples.ids import TripleIds, triples_of
from kbert.triples.model import TripleModel
from kbert.triples.platt import DevMargins

WORDS = ["tim", "cook", "apple", "lyon", "paris", "beijing", "china", "good", "bad", "now"]
Make = Callable[..., KnowledgeGraph]


def facts(split: str, pairs: range, relation: str = "is", label: int = 1) -> list[Triple]:
    mixed = [i * 37 % 100 for i in pairs]
    return [Triple(WORDS[i // 10], relation, WORDS[i % 10], split=split, label=label) for i in mixed]


def rows(triples: TripleIds) -> list[tuple[int, int, int]]:
    return list(zip(*(column.tolist() for column in triples.columns), strict=True))


GRAPH = [*facts("train", range(20)), *facts("dev", range(20, 50)), *facts("", range(50, 60))]
GRAPH += facts("test", range(60, 90))


def test_drawn_ones(kg_of: Make) -> None:
    kg = kg_of(GRAPH)
    found = dev_triples(kg, negatives=3, seed=0)
    true, false = rows(found.triples.where(found.is_true)), rows(found.triples.where(~found.is_true))
    assert true == rows(triples_of(kg, "dev").triples)
    assert found.drawn == len(false) == 90
    known = rows(triples_of(kg, "", "train", "dev").triples)
    assert not set(false) & set(known)
    assert set(false) & set(rows(triples_of(kg, "test").triples))  # to leave these out would tell what test holds
    own = np.repeat(np.arange(30), 3)
    kept = [(true[i][0] == f[0], true[i][2] == f[2]) for i, f in zip(own.tolist(), false, strict=True)]
    assert {True, False} == {head for head, _ in kept} == {tail for _, tail in kept}
    assert all(head or tail for head, tail in kept)
    assert found.half[30:].tolist() == found.half[own].tolist()
    assert found.half[:30].sum() == 15
    again, other = dev_triples(kg, negatives=3, seed=0), dev_triples(kg, negatives=3, seed=1)
    assert rows(again.triples) == rows(found.triples) != rows(other.triples)


def test_at_most_so_many(kg_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration_dev, "MOST", 80)
    found = dev_triples(kg_of(GRAPH), negatives=2, seed=0)
    assert (int(found.is_true.sum()), len(found.triples)) == (26, 78)


def test_false_ones_of_dev(kg_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    kg = kg_of([*GRAPH, *facts("dev", range(60, 85), label=-1), *facts("train", range(90, 99), label=-1)])
    found = dev_triples(kg, negatives=3, seed=0)
    assert (found.drawn, int(found.is_true.sum()), len(found.triples)) == (0, 30, 55)
    assert rows(found.triples) == rows(triples_of(kg, "dev").triples)
    assert found.half[found.is_true].sum() == 15
    assert found.half[~found.is_true].sum() in (12, 13)
    monkeypatch.setattr(calibration_dev, "MOST", 50)
    assert len(dev_triples(kg, negatives=3, seed=0).triples) == 50


@pytest.mark.parametrize(
    ("triples", "found"),
    [
        (facts("train", range(20)), "0 and 0"),
        ([*facts("train", range(20)), *facts("dev", range(20, 29))], "9 and 0"),
        ([*facts("dev", range(30)), *facts("dev", range(40, 45), label=-1)], "30 and 5"),
    ],
)
def test_too_few(kg_of: Make, triples: list[Triple], found: str) -> None:
    with pytest.raises(DataError, match=f"expected 10 true and 10 false triples of dev to calibrate by, found {found}"):
        dev_triples(kg_of(triples), negatives=2, seed=0)


def test_none_that_is_false(kg_of: Make) -> None:
    with pytest.raises(DataError, match=r"dev of .*: expected a false triple .* nearly every entity makes a true one"):
        dev_triples(kg_of([*facts("train", range(70)), *facts("dev", range(70, 100))]), negatives=1, seed=0)


def test_a_model_is_calibrated(kg_of: Make, encoder: Callable[[str], str]) -> None:
    kg = kg_of(GRAPH)
    torch.manual_seed(0)
    model = TripleModel(scorer="kgbert", task="triple", relations=["is"], backbone=backbone.load(encoder("bert")))
    how = {"negatives": 2, "seed": 3, "precision": torch.float32}
    found, dev = calibrate(model, kg, model.texts(kg), **how), dev_triples(kg, negatives=2, seed=3)
    margins = model.margins(model.texts(kg), dev.triples, precision=torch.float32).astype(np.float64)
    assert found == Calibration.fit(DevMargins(margins, dev.is_true, dev.triples.relation, dev.half), ["is"], drawn=60)
    assert calibrate(model, kg, model.texts(kg), **how).as_dict() == found.as_dict()
