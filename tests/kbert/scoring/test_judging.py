"""Answers about triples, against the model asked one triple at a time."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from graphs.errors import Skipped, stop
from graphs.knowledge import KnowledgeGraph
from graphs.questions import Question
from graphs.types import Triple
from kbert import backbone
from kbert.scoring.judging import Tally, in_parts
from kbert.scoring.triple_judge import TripleJudge
from kbert.triples.ids import TripleIds
from kbert.triples.model import TripleModel

NAMES = ["tim", "cook", "paris", "lyon", "beijing"]
FP32 = {"precision": torch.float32}


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([Triple(name, relation, "good") for name in NAMES for relation in ("is", "city")])


@pytest.fixture(scope="module")
def model(encoder: Callable[[str], str]) -> TripleModel:
    torch.manual_seed(0)
    return TripleModel(
        scorer="kgbert", task="triple", relations=["is", "city"], backbone=backbone.load(encoder("bert"))
    )


def rows(count: int) -> list[Question]:
    generator = np.random.default_rng(0)
    return [
        Question("f", i, *(str(generator.choice(some)) for some in (NAMES, ["is", "city"], NAMES)))
        for i in range(count)
    ]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_as_the_model_says(model: TripleModel, kg: KnowledgeGraph, size: int) -> None:
    asked, tally = rows(60), Tally()
    answered = [
        answer
        for part in in_parts(TripleJudge(model, kg, None, **FP32), asked, size=size, bad=stop, tally=tally)
        for answer in part.answers()
    ]
    assert [question for question, _ in answered] == asked
    ids = [(kg.id(q.head), kg.relations.index(q.relation), kg.id(q.tail)) for q in asked]
    expected = [model.margins(model.texts(kg), TripleIds.of(*([i] for i in row)), **FP32)[0] for row in ids]
    np.testing.assert_allclose([answer["margin"] for _, answer in answered], expected, atol=1e-5)
    assert tally.rows == 60
    assert tally.repeats.count == 60 - len(set(ids))
    assert not tally.unseen


def test_equal_triples_are_scored_once(model: TripleModel, kg: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    scored: list[int] = []
    margins = TripleModel.margins

    def counted(self: TripleModel, texts: object, triples: TripleIds, **how: object) -> object:
        scored.append(len(triples))
        return margins(self, texts, triples, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(TripleModel, "margins", counted)
    judge, asked = TripleJudge(model, kg, None, **FP32), rows(60)
    judge.judge(judge.ask(asked, stop))
    assert scored == [len({question[2:5] for question in asked})]


def test_what_was_scored_before_changes_nothing(model: TripleModel, kg: KnowledgeGraph) -> None:
    """A part that is scored alone, after a kill, has the bytes it has after the others."""
    fresh, used = TripleJudge(model, kg, None, **FP32), TripleJudge(model, kg, None, **FP32)
    used.judge(used.ask(rows(60)[::-1], stop))
    assert fresh.judge(fresh.ask(rows(20), stop)) == used.judge(used.ask(rows(20), stop))


def test_parts_in_which_every_row_is_bad(model: TripleModel, kg: KnowledgeGraph) -> None:
    bad, tally = Skipped(2), Tally()
    asked = [Question("f", i, "zork", "is", "tim") for i in range(2)] + [
        Question("f", 3, "tim", "is", "x", "", "", "y")
    ]
    parts = list(in_parts(TripleJudge(model, kg, None, **FP32), asked, size=2, bad=bad, tally=tally))
    assert [len(list(part.answers())) for part in parts] == [0, 1]
    assert (tally.rows, dict(tally.unseen), len(bad.errors)) == (1, {"tail": 1}, 2)
