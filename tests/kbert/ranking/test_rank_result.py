"""Figures of a ranking by side and by relation, counted by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.ranking.link_prediction import Ranking
from kbert.ranking.rank_result import link_result, relation_result
from kbert.ranking.relation_prediction import RelationRanks
from kbert.triples.ids import TripleIds, triples_of

TRIPLES = [Triple("a", "is", "b"), Triple("a", "was", "b"), Triple("b", "was", "c"), Triple("b", "will", "c", label=-1)]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


@pytest.fixture(scope="module")
def triples(kg: KnowledgeGraph) -> TripleIds:
    return triples_of(kg, "").true


HEADS, TAILS = [1.0, 2.5, 4.0], [1.0, 1.0, 11.0]


def ranking() -> Ranking:
    tied = np.array([False, True, False, False, False, False])
    return Ranking(np.arange(6), np.array(HEADS + TAILS), tied, 17, None)


def test_by_side_and_by_relation(kg: KnowledgeGraph, triples: TripleIds) -> None:
    found = link_result(ranking(), triples, kg)
    sides = {name: (some["mr"], some["hits@10"], some["ranks"]) for name, some in found["metrics"].items()}
    assert sides == {"both": (20.5 / 6, 5 / 6, 6), "head": (2.5, 1, 3), "tail": (13 / 3, 2 / 3, 3)}
    assert [(row["relation"], row["text"], row["both"]["ranks"]) for row in found["by_relation"]] == [
        ("was", "was", 4),
        ("is", "is", 2),
    ]
    assert found["by_relation"][0]["head"]["mr"] == 3.25
    assert found["by_relation"][0]["tail"]["mr"] == 6
    assert (found["tied_share"], found["scored_triples"]) == (1 / 6, 17)
    assert "held_share" not in found


def test_answers_that_were_looked_at_closely(kg: KnowledgeGraph, triples: TripleIds) -> None:
    held = np.array([True, False, False, True, True, False])
    found = link_result(replace(ranking(), held=held), triples, kg)
    assert found["held_share"] == {"both": 0.5, "head": 1 / 3, "tail": 2 / 3}


def test_relations(kg: KnowledgeGraph, triples: TripleIds) -> None:
    ranks = RelationRanks(np.arange(3), np.array([1.0, 1, 2]), np.array([1.0, 2, 2]), np.array([True, False, False]))
    found = relation_result(ranks, triples, kg)
    assert {kind: some["mr"] for kind, some in found["metrics"].items()} == {"filtered": 4 / 3, "raw": 5 / 3}
    assert [(row["relation"], row["filtered"]["mr"], row["raw"]["mr"]) for row in found["by_relation"]] == [
        ("was", 1.5, 2),
        ("is", 1, 1),
    ]
    assert found["tied_share"] == 1 / 3
