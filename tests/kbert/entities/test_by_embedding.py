"""Answers by an embedding, against one score at a time."""

from collections.abc import Callable

import numpy as np
import pytest

from kbert.entities import by_embedding
from kbert.entities.by_embedding import ByEmbedding
from kbert.entities.embedding import Embedding
from kbert.ranking import link_prediction
from kbert.ranking.link_prediction import rank_all
from kbert.triples.ids import TripleIds
from kbert.triples.ranks import Queries, TrueAnswers

TRIPLES = TripleIds.of([0, 1, 2, 6, 6], [0, 1, 2, 0, 1], [1, 1, 5, 0, 6])


@pytest.mark.parametrize("method", ["transe", "complex", "rotate"])
def test_scores_one_by_one(embedded: Callable[..., Embedding], method: str) -> None:
    made, queries, heard = embedded(method), Queries.of(TRIPLES), []
    found = ByEmbedding(made)(queries, TrueAnswers(TRIPLES), heard.append)
    for entity in range(len(made)):
        triples = queries.asked.with_answers(np.full(len(queries), entity))
        np.testing.assert_allclose(found.scores[:, entity], made.margins(triples), atol=1e-5)
    assert (heard, found.triples) == ([len(queries)], 0)


@pytest.mark.parametrize("method", ["transe", "complex", "rotate"])
def test_entities_some_at_a_time(
    embedded: Callable[..., Embedding], monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    made, queries = embedded(method), Queries.of(TRIPLES)
    whole = ByEmbedding(made)(queries, TrueAnswers(TRIPLES), lambda done: None).scores
    monkeypatch.setattr(by_embedding, "AT_ONCE", 2)
    found = ByEmbedding(made)(queries, TrueAnswers(TRIPLES), lambda done: None).scores
    np.testing.assert_allclose(found, whole, atol=1e-5)


def test_ranks_in_any_parts(embedded: Callable[..., Embedding], monkeypatch: pytest.MonkeyPatch) -> None:
    made = embedded("distmult")
    whole = rank_all(ByEmbedding(made), TRIPLES, TRIPLES)
    monkeypatch.setattr(link_prediction, "AT_LEAST", 1)
    monkeypatch.setattr(link_prediction, "AT_ONCE", 14)
    assert ByEmbedding(made).at_once == 2
    np.testing.assert_array_equal(rank_all(ByEmbedding(made), TRIPLES, TRIPLES).rank, whole.rank)
