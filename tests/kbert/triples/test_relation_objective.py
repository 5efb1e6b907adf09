"""Naming relations: it learns, and ranks by hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.train import Settings, train
from kbert.triples.ids import TripleIds, triples_of
from kbert.triples.model import TripleModel
from kbert.triples.ranks import TrueRelations, relation_ranks
from kbert.triples.relation_objective import RelationObjective

TRIPLES = [Triple(a, "is", b) for a in ("tim", "cook", "apple") for b in ("good", "bad")]
TRIPLES += [Triple(a, "city", b) for a in ("paris", "lyon") for b in ("china", "beijing")]


@pytest.fixture
def objective(kg_of: Callable[..., KnowledgeGraph], encoder: Callable[[str], str]) -> RelationObjective:
    kg = kg_of(TRIPLES)
    torch.manual_seed(0)
    loaded = backbone.load(encoder("bert"))
    model = TripleModel(scorer="kgbert", task="relation", relations=kg.relations, backbone=loaded)
    true = triples_of(kg, "").true
    return RelationObjective(model, model.texts(kg), true, true, true)


def test_it_learns(objective: RelationObjective, tmp_path: Path) -> None:
    settings = Settings(epochs=12, batch_size=4, learning_rate=5e-3, precision="fp32", checkpoint_steps=0)
    train(objective, settings, tmp_path, lambda record: None)
    metrics, value = objective.measure(torch.float32)
    assert metrics["hits@1"] == metrics["raw_hits@1"] == value == 1


def test_the_loss_by_hand(objective: RelationObjective) -> None:
    objective.model.eval()
    batch = objective.batches(0, Settings(batch_size=4))[0]
    total, count = objective.loss(objective.model, batch, torch.no_grad)
    outputs = objective.model.outputs(objective.texts, batch.triples, precision=torch.float32)
    assert count == len(batch) == 4
    relation = torch.from_numpy(batch.triples.relation.astype(np.int64))
    torch.testing.assert_close(total, cross_entropy(torch.from_numpy(outputs), relation, reduction="sum"))


def test_ranks_of_relations() -> None:
    triples = TripleIds.of([0, 0, 1], [0, 2, 1], [1, 1, 2])
    scores = np.array([[1.0, 3, 2], [1, 3, 2], [5, 5, 0]], dtype=np.float32)
    known = TrueRelations(triples)
    assert relation_ranks(scores, triples, None).rank.tolist() == [3, 2, 1.5]
    assert relation_ranks(scores, triples, known).rank.tolist() == [2, 2, 1.5]
    assert relation_ranks(scores, triples, known).tied.tolist() == [False, False, True]
