"""What is scored to answer questions; that the ranks are right is seen where triples are ranked."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.ranking.every_entity import AT_ONCE, EveryEntity
from kbert.triples.ids import TripleIds, triples_of
from kbert.triples.model import TripleModel
from kbert.triples.ranks import Queries, TrueAnswers

TRIPLES = [("tim", "is", "lyon"), ("cook", "city", "paris"), ("cook", "city", "cook"), ("lyon", "is", "paris")]
FP32 = {"precision": torch.float32}


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([Triple(*triple) for triple in TRIPLES])


@pytest.fixture(scope="module")
def model(encoder: Callable[[str], str]) -> TripleModel:
    torch.manual_seed(0)
    return TripleModel(
        scorer="kgbert", task="triple", relations=["is", "city"], backbone=backbone.load(encoder("bert"))
    )


def test_scores_are_margins_of_the_triples(model: TripleModel, kg: KnowledgeGraph) -> None:
    triples, texts = triples_of(kg, "").triples, model.texts(kg)
    queries, nothing = Queries.of(triples), TrueAnswers(TripleIds.of([], [], []))
    asked: list[float] = []
    found = EveryEntity(model, texts, **FP32)(queries, nothing, asked.append)
    assert found.scores.shape == (len(queries), len(kg))
    assert sum(asked) == pytest.approx(len(queries))
    for question, scores in enumerate(found.scores):
        every, given = np.arange(len(kg)), np.full(len(kg), queries.asked.given[question])
        relation = np.full(len(kg), queries.asked.relation[question])
        head, tail = (given, every) if queries.asked.asks_tail[question] else (every, given)
        own = model.margins(texts, TripleIds.of(head, relation, tail), **FP32)
        np.testing.assert_allclose(scores, own, atol=1e-6)


def test_right_answers_that_are_not_in_question_are_not_read(model: TripleModel, kg: KnowledgeGraph) -> None:
    triples = triples_of(kg, "").triples
    queries = Queries.of(triples.where(np.array([1])))
    found = EveryEntity(model, model.texts(kg), **FP32)(queries, TrueAnswers(triples), lambda questions: None)
    left_out = [kg.names(np.flatnonzero(np.isinf(scores))).to_pylist() for scores in found.scores]
    assert left_out == [[], ["cook"]]
    assert found.triples == 2 * len(kg) - 2


def test_a_triple_of_two_questions_is_scored_once(model: TripleModel, kg: KnowledgeGraph) -> None:
    triples = triples_of(kg, "").triples.where(np.array([0]))
    found = EveryEntity(model, model.texts(kg), **FP32)(
        Queries.of(triples), TrueAnswers(triples), lambda questions: None
    )
    assert found.triples == 2 * len(kg) - 1


def test_how_many_questions_at_once(model: TripleModel, kg: KnowledgeGraph) -> None:
    assert EveryEntity(model, model.texts(kg), **FP32).at_once == AT_ONCE // len(kg)


def test_where_every_entity_is_right_none_is_read(model: TripleModel, kg: KnowledgeGraph) -> None:
    every = TrueAnswers(TripleIds.of([0] * len(kg), [0] * len(kg), range(len(kg))))
    heard: list[float] = []
    found = EveryEntity(model, model.texts(kg), **FP32)(Queries.one(0, 0, True), every, heard.append)
    assert (found.triples, np.isneginf(found.scores).all(), heard) == (0, True, [1])
