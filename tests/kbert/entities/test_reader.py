"""Vectors of entities from their texts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from graphs.errors import DataError, OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.backbone import Backbone
from kbert.entities.reader import EntityReader, unit

LABELS = [
    '{"name": "Q1", "label": "beijing", "description": "the capital city now"}',
    '{"name": "Q2", "label": "tim cook"}',
    '{"name": "Q3", "label": "§ §", "description": "good film"}',
]
READING: dict[str, Any] = {
    "entity_text": "both",
    "max_pieces": 40,
    "pooling": "mean",
    "normalise": False,
    "precision": torch.float32,
}
READ = {
    "label": ["beijing", "tim cook", "§ §"],
    "description": ["the capital city now", "tim cook", "good film"],
    "both": ["beijing, the capital city now", "tim cook", "§ §, good film"],
}


@pytest.fixture
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([Triple("Q1", "r", "Q2"), Triple("Q3", "r", "Q1")], LABELS)


@pytest.fixture
def backbone(load: Callable[[str], Backbone]) -> Backbone:
    return load("bert")


@pytest.mark.parametrize("entity_text", READ)
def test_texts_as_the_encoder_alone_reads_them(kg: KnowledgeGraph, backbone: Backbone, entity_text: Any) -> None:
    found = EntityReader(backbone, **{**READING, "entity_text": entity_text}).read(kg, np.arange(3))
    for text, vector in zip(READ[entity_text], found.vectors, strict=True):
        with torch.no_grad():
            hidden = backbone.encoder(**backbone.tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        np.testing.assert_allclose(vector, hidden.mean(0).numpy(), atol=1e-5)
    assert found.illegible.tolist() == [False, False, entity_text == "label"]
    assert found.cut.tolist() == [0, 0, 0]


def test_any_texts_are_read_as_those_of_entities_are(kg: KnowledgeGraph, backbone: Backbone) -> None:
    reader = EntityReader(backbone, **{**READING, "normalise": True})
    known = reader.read(kg, np.arange(3)).vectors
    np.testing.assert_allclose(reader.read_texts([*READ["both"][::-1]])[::-1], known, atol=1e-5)
    assert np.isfinite(reader.read_texts(["", "\n"])).all()


def test_order_and_company_change_nothing(kg: KnowledgeGraph, backbone: Backbone) -> None:
    reader = EntityReader(backbone, **READING)
    whole = reader.read(kg, np.arange(3)).vectors
    np.testing.assert_allclose(reader.read(kg, np.array([2, 0])).vectors, whole[[2, 0]], atol=1e-5)


def test_what_is_cut_is_counted(kg: KnowledgeGraph, backbone: Backbone) -> None:
    short = {**READING, "max_pieces": 4}
    found = EntityReader(backbone, **short).read(kg, np.arange(2))
    lengths = [len(ids) for ids in backbone.text_pieces(READ["both"][:2])]
    assert found.cut.tolist() == [max(0, length - 2) for length in lengths]
    with torch.no_grad():
        inputs = backbone.tokenizer(READ["both"][0], return_tensors="pt", truncation=True, max_length=4)
        hidden = backbone.encoder(**inputs).last_hidden_state[0]
    np.testing.assert_allclose(found.vectors[0], hidden.mean(0).numpy(), atol=1e-5)


def test_vectors_of_length_1(kg: KnowledgeGraph, backbone: Backbone) -> None:
    plain = EntityReader(backbone, **READING).read(kg, np.arange(3)).vectors
    found = EntityReader(backbone, **{**READING, "normalise": True}).read(kg, np.arange(3)).vectors
    np.testing.assert_allclose(found, plain / np.linalg.norm(plain, axis=1)[:, None], atol=1e-6)
    np.testing.assert_array_equal(unit(np.zeros((1, 2), np.float32)), [[0, 0]])


def test_what_cannot_be_read(kg_of: Callable[..., KnowledgeGraph], backbone: Backbone) -> None:
    kg = kg_of([Triple("a", "r", "\u200b")])
    with pytest.raises(DataError, match=r"a text of '\\u200b' that the encoder can read"):
        EntityReader(backbone, **READING).read(kg, np.arange(2))
    with pytest.raises(OptionsError, match="max_pieces: expected at least 3"):
        EntityReader(backbone, **{**READING, "max_pieces": 2})


@pytest.mark.usefixtures("unchecked")
def test_another_text(backbone: Backbone) -> None:
    with pytest.raises(OptionsError, match="entity_text: expected label, description or both, found 'name'"):
        EntityReader(backbone, **{**READING, "entity_text": "name"})
