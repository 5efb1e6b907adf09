"""What chooses the epoch of a scorer, counted pair by pair and rival by rival."""

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch

from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.triples.dev import DRAWN, LabelledDev, SampledDev
from kbert.triples.ids import TripleIds, triples_of
from kbert.triples.model import TripleModel

NAMES = ["tim", "cook", "paris", "lyon", "beijing", "china", "good", "bad"]
TRIPLES = [Triple(NAMES[i], "is", NAMES[(i + 1) % 8], split="train") for i in range(8)]
TRIPLES += [Triple("tim", "city", "bad", split="train"), Triple("bad", "is", "bad", split="train", label=-1)]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


def rows(triples: TripleIds) -> list[tuple[int, int, int]]:
    return list(zip(*(column.tolist() for column in triples.columns), strict=True))


def test_labelled_dev(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    """The AUC counted pair by pair chooses; there is an accuracy where margins have a zero."""
    dev, texts = triples_of(kg, "train"), untrained.texts(kg)
    metrics, value = LabelledDev(dev, has_zero=True).measure(untrained, texts, torch.float32)
    margins = untrained.margins(texts, dev.triples, precision=torch.float32)
    pairs = np.subtract.outer(margins[dev.label > 0], margins[dev.label < 0])
    assert value == metrics["auc"] == pytest.approx(np.mean((pairs > 0) + (pairs == 0) / 2))
    assert metrics["accuracy"] == np.mean([(m > 0) == (label > 0) for m, label in zip(margins, dev.label, strict=True)])
    assert LabelledDev(dev, has_zero=False).measure(untrained, texts, torch.float32) == ({"auc": value}, value)


@pytest.mark.parametrize("bias", [float("nan"), 0.0])
def test_a_margin_must_be_a_number(kg: KnowledgeGraph, untrained: TripleModel, bias: float) -> None:
    """One that is none would be above nothing, and so take the first rank."""
    true = triples_of(kg, "train").true
    broken = copy.deepcopy(untrained)
    broken.scorer.score.bias.data += bias
    sampled, how = SampledDev(true, true, len(kg), 2), (untrained.texts(kg), torch.float32)
    if bias == 0:
        assert sampled.measure(broken, *how) == sampled.measure(untrained, *how)
    else:
        with pytest.raises(ValueError, match="scores: expected numbers, found NaN"):
            sampled.measure(broken, *how)


def test_ranks_among_drawn_rivals(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    """Each triple at both sides: its place among the rivals that are not true, an equal one counting half."""
    true, texts = triples_of(kg, "train").true, untrained.texts(kg)
    sampled = SampledDev(true, true, len(kg), 2)
    metrics, value = sampled.measure(untrained, texts, torch.float32)
    assert sampled.measure(untrained, texts, torch.float32) == (metrics, value)
    assert metrics["sampled_ranks"] == 2 * len(true)
    assert not set(rows(sampled._rivals)) & set(rows(true))

    # Margins as it reads them: other batches would round otherwise, and make or break ties.
    own_margins = untrained.margins(texts, true, precision=torch.float32).tolist()
    margins = untrained.margins(texts, sampled._rivals, precision=torch.float32).tolist()
    rivals = iter(zip(rows(sampled._rivals), margins, strict=True))
    reciprocal = []
    for side in (0, 2):
        for i, own in enumerate(rows(true)):
            drawn = [next(rivals) for _ in range(int(sampled._is_rival[i + (len(true) if side else 0)].sum()))]
            assert len(drawn) <= DRAWN
            assert all(other[2 - side] == own[2 - side] and other[1] == own[1] for other, _ in drawn)
            above, equal = (sum(holds(m) for _, m in drawn) for holds in (own_margins[i].__lt__, own_margins[i].__eq__))
            reciprocal.append(1 / (1 + above + equal / 2))
    assert value == metrics["sampled_mrr"] == pytest.approx(np.mean(reciprocal))


def test_where_every_entity_makes_a_true_triple_there_is_no_rival(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    own = TripleIds.of([0], [0], [0])
    metrics, value = SampledDev(own, own, 1, 2).measure(untrained, untrained.texts(kg), torch.float32)
    assert value == metrics["sampled_mrr"] == 1


def test_rivals_of_many_entities_are_drawn_and_none_twice(untrained: TripleModel) -> None:
    own = TripleIds.of(range(40), [0] * 40, range(1, 41))
    sampled = SampledDev(own, own, 60, 2)
    assert "among 49 drawn entities at most and not among all" in sampled.protocol
    rivals = iter(rows(sampled._rivals))
    for count in sampled._is_rival.sum(1):
        drawn = [next(rivals) for _ in range(count)]
        assert 20 < len(set(drawn)) == len(drawn) < DRAWN
    small = SampledDev(own, own, 41, 2)
    assert "both sides, among all entities (dev" in small.protocol
    assert small._is_rival.sum() == 2 * 40 * 40  # all but the one that makes it true
