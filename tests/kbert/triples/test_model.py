"""A scorer with its task: what it answers, and how it travels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphs.errors import OptionsError, StoreError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.triples.ids import TripleIds, triples_of
from kbert.triples.model import FALSE, TRUE, TripleModel

Make = Callable[..., TripleModel]
TRIPLES = [Triple("tim", "is", "cook"), Triple("paris", "city", "lyon"), Triple("lyon", "is", "good")]
LABELS = ['{"id": "paris", "label": "the city", "description": "apple good"}', '{"id": "city", "label": "city of"}']
FP32 = {"precision": torch.float32}


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES, LABELS)


@pytest.fixture
def made(encoder: Callable[[str], str]) -> Make:
    def make(**options: Any) -> TripleModel:
        torch.manual_seed(0)
        given = {"scorer": "kgbert", "task": "triple", "relations": ["is", "city"]} | options
        return TripleModel(**given, backbone=backbone.load(encoder("bert")))

    return make


def test_margins_in_any_batches(kg: KnowledgeGraph, made: Make) -> None:
    model, triples = made(), triples_of(kg, "").triples
    texts = model.texts(kg)
    outputs = model.outputs(texts, triples, **FP32)
    assert outputs.shape == (3, 2)
    margins = model.margins(texts, triples, batch_size=1, **FP32)
    np.testing.assert_allclose(margins, outputs[:, TRUE] - outputs[:, FALSE], atol=1e-6)
    backwards = model.margins(texts, triples.where(np.array([2, 1, 0])), **FP32)
    np.testing.assert_allclose(backwards[::-1], margins, atol=1e-6)
    assert len(model.margins(texts, TripleIds.of([], [], []), **FP32)) == 0


def test_one_output_a_relation(kg: KnowledgeGraph, made: Make) -> None:
    model = made(task="relation", relations=["is", "city", "other"])
    assert model.outputs(model.texts(kg), triples_of(kg, "").triples, **FP32).shape == (3, 3)


def test_saved_and_loaded_says_the_same(kg: KnowledgeGraph, made: Make, tmp_path: Path) -> None:
    model = made(entity_text="both", scorer_options={"max_pieces": 20})
    model.save_pretrained(tmp_path / "run")
    loaded = TripleModel.from_pretrained(tmp_path / "run")
    assert loaded.settings == model.settings
    assert loaded.settings["scorer_options"] == {"max_pieces": 20, "pooling": "cls", "dropout": 0.1}
    triples = triples_of(kg, "").triples
    one, two = (some.margins(some.texts(kg), triples, **FP32) for some in (model, loaded))
    assert one.tolist() == two.tolist()
    (tmp_path / "run" / "config.json").write_text('{"scorer": "kgbert"}', encoding="utf-8")
    with pytest.raises(StoreError, match=r"a config\.json that names scorer, task and relations, found none with task"):
        TripleModel.from_pretrained(tmp_path / "run")


def test_a_task_it_cannot_learn(made: Make) -> None:
    with pytest.raises(OptionsError, match="kgbert learns triple or relation, not 'classify'"):
        made(task="classify")


def test_a_backbone_is_needed() -> None:
    with pytest.raises(ValueError, match="a triple model needs a backbone"):
        TripleModel(scorer="kgbert", task="triple", relations=[])
