"""Texts of a graph that are cut when they are wanted, and are then what they would have been."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.ranking.graph_texts import GraphTexts
from kbert.triples.model import TripleModel
from kbert.triples.texts import TripleTexts

NAMES = ["tim", "tim cook", "paris is the city", "lyon", "beijing now", "china"]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([Triple(one, "is", two) for one, two in zip(NAMES[::2], NAMES[1::2], strict=True)])


@pytest.fixture
def model(encoder: Callable[[str], str]) -> TripleModel:
    torch.manual_seed(0)
    return TripleModel(scorer="kgbert", task="triple", relations=["is"], backbone=backbone.load(encoder("bert")))


def test_cut_as_far_as_it_is_wanted(model: TripleModel, kg: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until as many were cut as there are: then all are, once."""
    whole, read, cut = model.texts(kg), model.texts, []

    def counted(kg: KnowledgeGraph, *some: Any) -> TripleTexts:
        cut.append(len(kg) if not some else len(some[0]))
        return read(kg, *some)

    monkeypatch.setattr(model, "texts", counted)
    texts = GraphTexts(model, kg)
    assert texts.count == len(NAMES)
    for wanted in ([3, 0, 3], [5], [1, 2, 4], [0], [1, 5]):
        found, places = texts.holding(np.array(wanted))
        assert found.entities.take(places).ids.tolist() == whole.entities.take(np.array(wanted)).ids.tolist()
        assert found.relations.ids.tolist() == whole.relations.ids.tolist()
    assert cut == [2, 1, 3, 6]
    assert texts.whole() is texts.holding(np.array([2]))[0]


def test_once_all_are_there_none_is_cut_again(model: TripleModel, kg: KnowledgeGraph) -> None:
    texts = GraphTexts(model, kg)
    assert texts.whole() is texts.holding(np.array([2]))[0]
