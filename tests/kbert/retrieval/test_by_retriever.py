"""Answers by vectors: those of a loop over all entities, and ranks by them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.ranking.link_dev import LinkDev
from kbert.ranking.link_prediction import rank_all
from kbert.retrieval.by_retriever import ByVectors
from kbert.retrieval.model import EntityVectors, RetrievalModel
from kbert.triples.ids import Asked, triples_of
from kbert.triples.ranks import Queries, TrueAnswers
from kbert.triples.texts import Phrases, TripleTexts

NAMES = ["tim", "tim cook", "paris is the city", "lyon", "beijing now", "china"]
TRIPLES = [Triple(a, "is", b) for a in NAMES for b in NAMES[:3]] + [
    Triple("lyon", "city", "paris is the city", split="dev")
]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


@pytest.fixture
def model(encoder: Callable[[str], str]) -> RetrievalModel:
    torch.manual_seed(0)
    loaded = backbone.load(encoder("bert"))
    return RetrievalModel(retriever="biencoder", relations=["is", "city"], backbone=loaded).eval()


def test_scores_are_logits(model: RetrievalModel, kg: KnowledgeGraph) -> None:
    texts, triples = model.texts(kg), triples_of(kg, "", "dev").true
    queries = Queries.of(triples)
    heard: list[float] = []
    scores = ByVectors(model, texts, precision=torch.float32)(queries, TrueAnswers(triples), heard.append).scores
    assert sum(heard) == len(queries)
    for question in range(len(queries)):
        one = queries.asked.where(np.array([question]))
        vector = model.questions(texts, one, precision=torch.float32)[0]
        for entity in range(len(kg)):
            other = model.entities(texts, np.array([entity]), precision=torch.float32)[0]
            assert scores[question, entity] == pytest.approx(20 * float(vector @ other), abs=1e-4)


def test_vectors_at_hand_are_not_made_again(model: RetrievalModel, kg: KnowledgeGraph) -> None:
    texts, triples = model.texts(kg), triples_of(kg, "", "dev").true
    vectors = model.entities(texts, np.arange(len(kg)), precision=torch.float32)
    none = np.zeros(len(kg), np.int64)
    made = rank_all(ByVectors(model, texts, precision=torch.float32), triples, triples)
    given = rank_all(
        ByVectors(model, texts, lambda: EntityVectors(vectors, none), precision=torch.float32), triples, triples
    )
    np.testing.assert_array_equal(made.rank, given.rank)
    flat = rank_all(
        ByVectors(model, texts, lambda: EntityVectors(0 * vectors, none), precision=torch.float32), triples, triples
    )
    assert flat.tied.any()


def test_dev_is_ranked_among_all_entities(model: RetrievalModel, kg: KnowledgeGraph) -> None:
    texts, dev, true = model.texts(kg), triples_of(kg, "dev").true, triples_of(kg, "", "dev").true
    metrics, chosen_by = LinkDev(dev, true).measure(ByVectors(model, texts, precision=torch.float32))
    asked = model.questions(texts, Asked.of(dev), precision=torch.float32)
    entities = model.entities(texts, np.arange(len(kg)), precision=torch.float32)
    answers = np.concatenate((dev.head, dev.tail))
    ranks = [int((entities @ q > entities[a] @ q).sum()) + 1 for q, a in zip(asked, answers, strict=True)]
    assert metrics["mr"] == pytest.approx(np.mean(ranks))
    assert chosen_by == metrics["mrr"]


@pytest.mark.parametrize(("entities", "questions"), [(1_000, 16_777), (262_144, 64), (4_600_000, 64)])
def test_how_many_questions_at_once(model: RetrievalModel, entities: int, questions: int) -> None:
    """Not so few that all vectors would be gone through for each of them."""
    none = Phrases(np.zeros(1, np.int64), np.empty(0, np.int32))
    texts = replace(TripleTexts.of(none, none), count=entities)
    assert ByVectors(model, texts, precision=torch.float32).at_once == questions
