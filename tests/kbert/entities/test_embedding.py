"""Embeddings: what is read off them, and how they are kept."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from graphs import rooms
from graphs.errors import OptionsError, StoreError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.checkpoint import write_tensors
from kbert.entities import embedding as embedding_model
from kbert.entities.embedding import EMBEDDINGS, Embedding
from kbert.triples.ids import Asked, TripleIds

Make = Callable[..., Embedding]
NAMES = rooms.names(EMBEDDINGS)
TRIPLES = TripleIds.of([0, 1, 2, 6, 6], [0, 1, 2, 0, 1], [1, 1, 5, 0, 6])


@pytest.mark.parametrize("name", NAMES)
def test_a_triple_has_one_score_at_both_sides(embedded: Make, name: str) -> None:
    made, asked = embedded(name), Asked.of(TRIPLES)
    answers = np.concatenate((TRIPLES.head, TRIPLES.tail))
    scores = made.method.compare(made.questions(asked), made.entities).numpy()[np.arange(len(asked)), answers]
    np.testing.assert_allclose(scores, np.tile(made.margins(TRIPLES), 2), atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_sizes_are_absolute_values(embedded: Make, name: str) -> None:
    made = embedded(name)
    relations = made.relations[TRIPLES.relation.astype(np.int64)]
    for size in made.method.sizes(made.entities[TRIPLES.head], relations, made.entities[TRIPLES.tail]):
        assert (size >= 0).all()
        assert len(size) == len(TRIPLES)


def test_margins_some_at_a_time(embedded: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = embedded("transe").margins(TRIPLES)
    monkeypatch.setattr(embedding_model, "AT_ONCE", 16)
    np.testing.assert_array_equal(embedded("transe").margins(TRIPLES), whole)


def test_kept_and_loaded(embedded: Make, tmp_path: Path) -> None:
    made = embedded("transe", distance="l1")
    made.save(tmp_path)
    loaded = Embedding.load(tmp_path)
    assert loaded.settings == made.settings
    np.testing.assert_array_equal(loaded.margins(TRIPLES), made.margins(TRIPLES))


def test_of_a_graph(kg_of: Callable[..., KnowledgeGraph]) -> None:
    kg, other = kg_of([Triple("a", "r", "b")]), kg_of([Triple("a", "r", "c")])
    made = Embedding.drawn("complex", 6, kg, spread=0.1, seed=3)
    assert (made.entities.shape, made.relations.shape) == ((2, 6), (1, 6))
    assert torch.equal(made.entities, Embedding.drawn("complex", 6, kg, spread=0.1, seed=3).entities)
    made.check_graph(kg)
    for wrong in (other, kg_of([Triple("a", "s", "b")])):
        with pytest.raises(OptionsError, match="has other entities or relations than those that the vectors are of"):
            made.check_graph(wrong)


def test_damaged_files(embedded: Make, tmp_path: Path) -> None:
    made = embedded("transe")
    made.save(tmp_path)
    odd = made.entities.clone()
    odd[3, 1] = torch.nan
    for tensors, message in (
        (
            {"entities": made.entities},
            "expected vectors of entities and relations, found entities",
        ),
        (
            {"entities": made.entities, "relations": made.relations[:, :3].clone()},
            r"vectors of the widths \(8, 8\), found",
        ),
        (
            {"entities": odd, "relations": made.relations},
            "numbers as entities, found others, first in row 3",
        ),
    ):
        write_tensors(tmp_path / "model.safetensors", tensors)
        with pytest.raises(StoreError, match=message):
            Embedding.load(tmp_path)
