"""A retriever saved, loaded and asked: the same vectors whatever stands beside them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.retrieval.model import RetrievalModel
from kbert.triples.ids import Asked, TripleIds, triples_of

NAMES = ["tim", "tim cook", "paris is the city", "lyon", "beijing now", "china"]
TRIPLES = [Triple(a, "is", b) for a in NAMES for b in NAMES[:3]]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


@pytest.fixture
def model(encoder: Callable[[str], str]) -> RetrievalModel:
    torch.manual_seed(0)
    return RetrievalModel(retriever="biencoder", relations=["is"], backbone=backbone.load(encoder("bert"))).eval()


def test_batches_change_nothing(model: RetrievalModel, kg: KnowledgeGraph) -> None:
    texts, asked = model.texts(kg), Asked.of(triples_of(kg, "").true)
    for read, what in ((model.questions, asked), (model.entities, np.arange(len(kg)))):
        together = read(texts, what, precision=torch.float32)
        apart = read(texts, what, precision=torch.float32, batch_size=1)
        np.testing.assert_allclose(together, apart, atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)


def test_a_margin_is_the_mean_of_both_questions(model: RetrievalModel, kg: KnowledgeGraph) -> None:
    texts, triples = model.texts(kg), triples_of(kg, "").true
    found = model.margins(texts, triples, precision=torch.float32)
    for i in (0, 7, 17):
        one = triples.where(np.array([i]))
        questions = model.questions(texts, Asked.of(one), precision=torch.float32)
        answers = model.entities(texts, np.concatenate((one.head, one.tail)), precision=torch.float32)
        assert found[i] == pytest.approx(
            20 * np.mean([q @ a for q, a in zip(questions, answers, strict=True)]), abs=1e-4
        )


@pytest.mark.parametrize("towers", ["separate", "shared"])
def test_saved_and_loaded(encoder: Callable[[str], str], kg: KnowledgeGraph, tmp_path: Path, towers: str) -> None:
    made = RetrievalModel(
        retriever="biencoder",
        relations=["is"],
        entity_text="both",
        retriever_options={"towers": towers},
        backbone=backbone.load(encoder("bert")),
    )
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.rand_like(parameter) / 10)
    made.save_pretrained(tmp_path / "saved")
    loaded = RetrievalModel.from_pretrained(tmp_path / "saved")
    assert loaded.settings == made.settings
    triples = TripleIds.of([0, 1], [0, 0], [2, 3])
    one, two = (m.margins(m.texts(kg), triples, precision=torch.float32) for m in (made, loaded))
    np.testing.assert_array_equal(one, two)
    assert isinstance(model_settings := loaded.settings["retriever_options"], dict)
    assert model_settings["temperature"] == 0.05


def test_a_backbone_is_needed() -> None:
    with pytest.raises(ValueError, match="to load a saved one use from_pretrained"):
        RetrievalModel(retriever="biencoder", relations=[])
