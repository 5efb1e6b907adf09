"""Ranking against the plainest way: every candidate of every test triple scored by itself, then counted."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import torch

from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone, link_prediction
from kbert.link_prediction import rank_all
from kbert.triple_ids import TripleIds, triples_of
from kbert.triple_model import TripleModel

NAMES = ["tim", "cook", "paris", "lyon", "beijing"]
TRAIN = [("tim", "is", "cook"), ("paris", "is", "lyon"), ("tim", "city", "paris"), ("lyon", "city", "lyon")]
TEST = [("tim", "is", "lyon"), ("tim", "is", "beijing"), ("cook", "city", "paris"), ("cook", "city", "cook")]
FP32 = {"precision": torch.float32}


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([Triple(*t, split="train") for t in TRAIN] + [Triple(*t, split="test") for t in TEST])


@pytest.fixture(scope="module")
def model(encoder: Callable[[str], str]) -> TripleModel:
    torch.manual_seed(0)
    return TripleModel(
        scorer="kgbert", task="triple", relations=["is", "city"], backbone=backbone.load(encoder("bert"))
    )


def one_by_one(model: TripleModel, kg: KnowledgeGraph) -> list[float]:
    """Ranks of heads, then of tails."""
    true = {(kg.id(h), kg.relations.index(r), kg.id(t)) for h, r, t in [*TRAIN, *TEST]}
    every = list(product(range(len(kg)), range(2), range(len(kg))))
    scores = model.margins(model.texts(kg), TripleIds.of(*zip(*every, strict=True)), **FP32)
    margin = dict(zip(every, scores.tolist(), strict=True))
    ranks = []
    for side in (0, 2):
        for h, r, t in TEST:
            own = (kg.id(h), kg.relations.index(r), kg.id(t))
            rivals = [(*own[:side], entity, *own[side + 1 :]) for entity in range(len(kg))]
            others = [margin[rival] for rival in rivals if rival not in true]
            ranks.append(1 + sum(s > margin[own] for s in others) + sum(s == margin[own] for s in others) / 2)
    return ranks


@pytest.mark.parametrize("at_once", [2**20, 5, 1])
def test_as_one_by_one(model: TripleModel, kg: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(link_prediction, "AT_ONCE", at_once)
    test, true = triples_of(kg, "test").triples, triples_of(kg, "train", "test").triples
    asked: list[int] = []
    found = rank_all(model, model.texts(kg), test, true, on_queries=asked.append, batch_size=1, **FP32)
    assert found.rank.tolist() == one_by_one(model, kg)
    assert not found.tied.any()
    assert sum(asked) == 6  # of eight questions two are asked twice


def test_a_triple_of_two_questions_is_scored_once(model: TripleModel, kg: KnowledgeGraph) -> None:
    test = triples_of(kg, "test").triples.where(np.array([0]))
    found = rank_all(model, model.texts(kg), test, test, **FP32)
    assert found.scored == 2 * len(NAMES) - 1
