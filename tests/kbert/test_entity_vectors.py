"""Vectors of entities that are made once, and found again only by those they are of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphs.errors import StoreError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.checkpoint import write_tensors
from kbert.entity_vectors import entity_vectors
from kbert.retrieval_model import RetrievalModel

TRIPLES = [Triple("tim", "is", "good"), Triple("paris", "is", "bad")]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


@pytest.fixture(scope="module")
def model(encoder: Callable[[str], str]) -> RetrievalModel:
    torch.manual_seed(0)
    return RetrievalModel(retriever="biencoder", relations=["is"], backbone=backbone.load(encoder("bert"))).eval()


def test_made_once(model: RetrievalModel, kg: KnowledgeGraph, tmp_path: Path) -> None:
    read: list[int] = []
    how: dict[str, Any] = {"precision": torch.float32, "on_batch": read.append}
    made = entity_vectors(tmp_path, "one", model, kg, model.texts(kg), **how)
    np.testing.assert_array_equal(made, model.entities(model.texts(kg), np.arange(4), precision=torch.float32))
    np.testing.assert_array_equal(entity_vectors(tmp_path, "one", model, kg, model.texts(kg), **how), made)
    assert sum(read) == 4


def test_another_model_graph_or_precision_has_its_own(
    model: RetrievalModel, kg: KnowledgeGraph, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path
) -> None:
    other = kg_of([*TRIPLES, Triple("tim", "is", "bad")])
    for digest, graph, precision in (
        ("one", kg, torch.float32),
        ("two", kg, torch.float32),
        ("one", other, torch.float32),
        ("one", kg, torch.bfloat16),
    ):
        entity_vectors(tmp_path, digest, model, graph, model.texts(graph), precision=precision)
    assert len(list((tmp_path / "vectors").iterdir())) == 4


def test_a_damaged_file(model: RetrievalModel, kg: KnowledgeGraph, tmp_path: Path) -> None:
    def ask() -> None:
        entity_vectors(tmp_path, "one", model, kg, model.texts(kg), precision=torch.float32)

    ask()
    path = next((tmp_path / "vectors").iterdir())
    write_tensors(path, {"entities": torch.zeros(3, 32)})
    with pytest.raises(StoreError, match=r"expected vectors of shape \[4, 32\] .*, found those of shape \[3, 32\]"):
        ask()
    write_tensors(path, {"others": torch.zeros(4, 32)})
    with pytest.raises(StoreError, match="found none"):
        ask()
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError, match="expected a whole safetensors file"):
        ask()
