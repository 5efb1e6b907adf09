"""Relations ranked pair by pair, against scores of every triple by itself."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.ranking.relation_prediction import RelationRanks, pairs_of, rank_relations, relation_numbers
from kbert.triples.ids import TripleIds, triples_of
from kbert.triples.model import TripleModel
from kbert.triples.ranks import TrueRelations

TRIPLES = [("tim", "is", "cook"), ("tim", "was", "cook"), ("paris", "city", "lyon"), ("tim", "is", "good")]
FP32 = {"precision": torch.float32}


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([Triple(*triple) for triple in TRIPLES])


@pytest.fixture(scope="module")
def model(encoder: Callable[[str], str]) -> TripleModel:
    torch.manual_seed(0)
    loaded = backbone.load(encoder("bert"))
    return TripleModel(scorer="kgbert", task="relation", relations=["is", "was", "city", "other"], backbone=loaded)


@pytest.mark.parametrize("size", [1, 2, 100])
def test_pairs_hold_every_triple_once(size: int) -> None:
    triples = TripleIds.of([0, 1, 0, 2, 0], [0, 1, 2, 0, 0], [1, 1, 1, 0, 3])
    some = list(pairs_of(triples, size))
    assert [len(pairs) for pairs in some] == {1: [1] * 4, 2: [2, 2], 100: [4]}[size]
    assert sorted(np.concatenate([pairs.triples for pairs in some]).tolist()) == list(range(5))
    for pairs in some:
        np.testing.assert_array_equal(pairs.head[pairs.pair], triples.head[pairs.triples])
        np.testing.assert_array_equal(pairs.tail[pairs.pair], triples.tail[pairs.triples])


@pytest.mark.parametrize("size", [1, 2, 100])
def test_ranks_one_by_one(model: TripleModel, kg: KnowledgeGraph, size: int) -> None:
    triples, texts = triples_of(kg, "").triples, model.texts(kg)
    asked: list[int] = []
    parts = [
        rank_relations(model, texts, triples, pairs, TrueRelations(triples), on_pairs=asked.append, **FP32)
        for pairs in pairs_of(triples, size)
    ]
    found = RelationRanks.join(parts)
    assert sum(asked) == 3  # of four triples two join the same entities
    assert found.place.tolist() == [0, 1, 2, 3]
    scores = model.outputs(texts, triples, **FP32)
    true = {(h, model.relations.index(r), t) for h, r, t in TRIPLES}
    for i, (head, relation, tail) in enumerate(TRIPLES):
        own = model.relations.index(relation)
        better = [r for r in range(4) if scores[i, r] > scores[i, own]]
        assert found.raw_rank[i] == 1 + len(better)
        assert found.rank[i] == 1 + sum((head, r, tail) not in true for r in better)
    assert not found.tied.any()


def test_numbers_of_relations(model: TripleModel, kg_of: Callable[..., KnowledgeGraph]) -> None:
    kg = kg_of([Triple("a", "unknown", "b"), Triple("a", "city", "b"), Triple("a", "is", "b")])
    assert relation_numbers(model, kg).tolist() == [-1, 2, 0]
