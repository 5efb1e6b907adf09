"""Ranking against the plainest way: every candidate of every test triple scored by itself, then counted."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.ranking import every_entity
from kbert.ranking.every_entity import EveryEntity
from kbert.ranking.link_prediction import OnQuestions, Scored, parts, rank_all
from kbert.triples.ids import TripleIds, triples_of
from kbert.triples.model import TripleModel
from kbert.triples.ranks import Queries, TrueAnswers, rank_metrics

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


@pytest.mark.parametrize("at_once", [2**16, 10, 1])
def test_as_one_by_one(model: TripleModel, kg: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(every_entity, "AT_ONCE", at_once)
    test, true = triples_of(kg, "test").triples, triples_of(kg, "train", "test").triples
    asked: list[float] = []
    found = rank_all(EveryEntity(model, model.texts(kg), batch_size=1, **FP32), test, true, on_questions=asked.append)
    assert found.rank.tolist() == one_by_one(model, kg)
    assert not found.tied.any()
    assert found.held is None
    assert sum(asked) == pytest.approx(6)  # of eight questions two are asked twice


class ByNumber:
    """Likes entities of even number better, and looks closely at the first three alone."""

    at_once = 2

    def __call__(self, queries: Queries, known: TrueAnswers, on_questions: OnQuestions) -> Scored:
        on_questions(len(queries))
        scores = np.tile(np.arange(len(NAMES)) % 2, (len(queries), 1))
        return Scored(-scores.astype(np.float32), 1, queries.answers < 3)


def test_scores_from_anywhere(kg: KnowledgeGraph) -> None:
    test, true = triples_of(kg, "test").triples, triples_of(kg, "train", "test").triples
    found = rank_all(ByNumber(), test, true)
    expected = []
    for side in (0, 2):
        for triple in TEST:
            made = {name: (*triple[:side], name, *triple[side + 1 :]) for name in NAMES}
            rivals = [kg.id(name) % 2 for name, own in made.items() if own not in {*TRAIN, *TEST}]
            own = kg.id(triple[side]) % 2
            expected.append(1 + sum(r < own for r in rivals) + sum(r == own for r in rivals) / 2)
    assert found.rank.tolist() == expected
    assert found.held is not None
    assert found.held.tolist() == (np.concatenate((test.head, test.tail)) < 3).tolist()
    assert found.triples == 3  # six questions, two at a time


def test_parts_hold_every_question_once_by_relation() -> None:
    triples = TripleIds.of([0, 0, 1, 2], [1, 0, 1, 0], [2, 2, 2, 0])
    some = list(parts(triples, 3))
    assert [len(part) for part in some] == [3, 3, 1]
    assert np.concatenate([part.asked.relation for part in some]).tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert sorted(np.concatenate([part.place for part in some]).tolist()) == list(range(8))


PYKEEN = json.loads((Path(__file__).parents[2] / "oracle" / "pykeen_ranks.json").read_text(encoding="utf-8"))


class Table:
    """Scores that are written down: ``[side, relation, given, answer]``."""

    def __init__(self, scores: Any, at_once: int = 5) -> None:
        self._scores, self.at_once = np.array(scores, dtype=np.float32), at_once

    def __call__(self, queries: Queries, known: TrueAnswers, on_questions: OnQuestions) -> Scored:
        return Scored(self._scores[queries.asked.asks_tail.astype(int), queries.asked.relation, queries.asked.given], 0)


@pytest.mark.parametrize("case", PYKEEN)
def test_as_pykeen(case: dict[str, Any]) -> None:
    """Its evaluator's filtered, realistic ranks and metrics (see tests/oracle/pykeen_ranks.py)."""
    test, true = (TripleIds.of(*zip(*case[name], strict=True)) for name in ("test", "true"))
    found = rank_all(Table(case["scores"]), test, true)
    assert found.rank.tolist() == case["ranks"]["head"] + case["ranks"]["tail"]
    for side, rank in zip(("both", "head", "tail"), (found.rank, *np.split(found.rank, 2)), strict=True):
        ours = rank_metrics(rank)
        assert {name: ours[name] for name in case["metrics"][side]} == pytest.approx(case["metrics"][side], rel=1e-6)


ENTITIES, RELATIONS = 5, 2
SOME = st.lists(
    st.tuples(st.integers(0, ENTITIES - 1), st.integers(0, RELATIONS - 1), st.integers(0, ENTITIES - 1)),
    min_size=1,
    max_size=10,
    unique=True,
)


@given(SOME, SOME, st.integers(0, 99), st.integers(1, 12), st.sampled_from([1, 3, 1000]))
def test_in_any_parts_as_by_hand(
    test: list[tuple[int, int, int]], others: list[tuple[int, int, int]], seed: int, at_once: int, values: int
) -> None:
    score = np.random.default_rng(seed).integers(values, size=(2, RELATIONS, ENTITIES, ENTITIES))
    true = list(dict.fromkeys([*test, *others]))
    ranked, known = (TripleIds.of(*zip(*some, strict=True)) for some in (test, true))
    found = rank_all(Table(score, at_once), ranked, known)
    expected = []
    for side in (0, 1):
        for head, relation, tail in test:
            given_, answer = (head, tail) if side else (tail, head)
            own = score[side, relation, given_]
            made = [(head, relation, e) if side else (e, relation, tail) for e in range(ENTITIES)]
            rivals = [own[e] for e in range(ENTITIES) if made[e] not in true]
            expected.append(1 + sum(r > own[answer] for r in rivals) + sum(r == own[answer] for r in rivals) / 2)
    assert found.rank.tolist() == expected
