"""The bi-encoder: what it reads, and vectors that do not depend on what stands beside them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from graphs.errors import OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.retrieval.model import RetrievalModel
from kbert.triples.ids import Asked, TripleIds

TRIPLES = [
    Triple("tim cook", "is", "good"),
    Triple("paris", "the city", "visiting beijing now"),
    Triple("good", "is", "a"),
]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


Make = Callable[..., RetrievalModel]


@pytest.fixture
def make(encoder: Callable[[str], str]) -> Make:
    def made(kind: str = "bert", **options: Any) -> RetrievalModel:
        torch.manual_seed(0)
        loaded = backbone.load(encoder(kind))
        return RetrievalModel(
            retriever="biencoder", relations=["is"], backbone=loaded, retriever_options=options
        ).eval()

    return made


def test_what_is_read_of_questions_and_entities(make: Make, kg: KnowledgeGraph) -> None:
    model = make()
    texts, retriever = model.texts(kg), model.retriever
    asked = Asked.of(TripleIds.of([kg.id("tim cook")], [0], [kg.id("good")]))
    batch = retriever.collate(texts, asked)
    names = [model.encoder.piece_names(row) for row in batch.piece_ids.tolist()]
    assert names == [
        ["[CLS]", "is", "[SEP]", "good", "[SEP]", "[PAD]"],
        ["[CLS]", "tim", "cook", "[SEP]", "is", "[SEP]"],
    ]
    assert batch.segments.tolist() == [[0, 0, 0, 1, 1, 0], [0, 0, 0, 0, 1, 1]]
    assert retriever.lengths(texts, asked).tolist() == batch.mask.sum(1).tolist() == [5, 6]
    entities = np.array([kg.id("tim cook"), kg.id("good")])
    batch = retriever.collate_entities(texts, entities)
    assert model.encoder.piece_names(batch.piece_ids[0].tolist()) == ["[CLS]", "tim", "cook", "[SEP]"]
    assert retriever.entity_lengths(texts, entities).tolist() == batch.mask.sum(1).tolist() == [4, 3]


@pytest.mark.parametrize("pooling", ["cls", "mean"])
@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_the_encoder_read_one_by_one(make: Make, kg: KnowledgeGraph, pooling: str, kind: str) -> None:
    """Without batches and padding, by the library's own model."""
    model = make(kind, pooling=pooling)
    tokenizer, encoder = model.encoder.tokenizer, model.retriever.entity_backbone.encoder
    names = kg.names(np.arange(len(kg))).to_pylist()
    for name, vector in zip(
        names, model.entities(model.texts(kg), np.arange(len(kg)), precision=torch.float32), strict=True
    ):
        with torch.no_grad():
            pieces = encoder(**tokenizer(name, return_tensors="pt")).last_hidden_state[0]
        expected = pieces[0] if pooling == "cls" else pieces.mean(0)
        np.testing.assert_allclose(vector, (expected / expected.norm()).numpy(), atol=1e-5)


def test_one_tower_or_two(make: Make, kg: KnowledgeGraph) -> None:
    """Two start alike and are trained apart; one has half the weights."""
    shared, separate = make(towers="shared"), make()
    vectors = [m.entities(m.texts(kg), np.arange(3), precision=torch.float32) for m in (shared, separate)]
    np.testing.assert_array_equal(*vectors)
    sizes = [sum(p.numel() for p in m.parameters()) for m in (shared, separate)]
    assert sizes[1] == 2 * sizes[0] - 1  # but for the scale
    own = {id(p) for p in separate.retriever.backbone.parameters()}
    assert not own & {id(p) for p in separate.retriever.entity_backbone.parameters()}


def test_the_scale_is_one_by_the_temperature(make: Make) -> None:
    assert make(temperature=0.1).scale == pytest.approx(10)


def test_long_texts_are_cut_and_never_to_nothing(make: Make, kg: KnowledgeGraph) -> None:
    model = make(max_pieces=5)
    texts = model.texts(kg)
    batch = model.retriever.collate(texts, Asked.of(TripleIds.of([kg.id("tim cook")], [0], [kg.id("good")])))
    assert model.encoder.piece_names(batch.piece_ids[1].tolist()) == ["[CLS]", "tim", "[SEP]", "is", "[SEP]"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_pieces": 4}, "max_pieces: expected at least 5, found 4"),
        ({"temperature": 0.0}, "temperature: expected at least 0.001, found 0.0"),
    ],
)
def test_options_out_of_range(make: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        make(**options)
