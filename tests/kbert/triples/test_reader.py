"""What models of triples read of a graph."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from graphs.errors import DataError, OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.retrieval.model import RetrievalModel
from kbert.train_retriever import RetrieverPlan
from kbert.triples import reader as triple_reader
from kbert.triples.model import TripleModel
from kbert.triples.reader import TripleReader
from kbert.triples.texts import Packer

Make = Callable[..., TripleReader]
TRIPLES = [Triple("tim", "is", "cook"), Triple("paris", "city", "lyon")]
LABELS = ['{"id": "paris", "label": "the city", "description": "apple good"}', '{"id": "city", "label": "city of"}']


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES, LABELS)


@pytest.fixture(params=["scorer", "retriever"])
def made(request: pytest.FixtureRequest, encoder: Callable[[str], str]) -> Make:
    def make(**options: Any) -> TripleReader:
        given: dict[str, Any] = {"relations": ["is", "city"], "backbone": backbone.load(encoder("bert")), **options}
        if request.param == "retriever":
            return RetrievalModel(retriever="biencoder", **given)
        return TripleModel(scorer="kgbert", task="triple", **given)

    return make


def reads(model: TripleReader, kg: KnowledgeGraph, entity: str) -> str:
    texts = model.texts(kg).entities
    i = kg.id(entity)
    return " ".join(model.encoder.piece_names(texts.ids[texts.offsets[i] : texts.offsets[i + 1]].tolist()))


@pytest.mark.parametrize(
    ("entity_text", "paris", "lyon"),
    [("label", "the city", "lyon"), ("description", "apple good", "lyon"), ("both", "the city , apple good", "lyon")],
)
def test_what_entities_are_called(kg: KnowledgeGraph, made: Make, entity_text: str, paris: str, lyon: str) -> None:
    model = made(entity_text=entity_text)
    assert (reads(model, kg, "paris"), reads(model, kg, "lyon")) == (paris, lyon)


@pytest.mark.usefixtures("unchecked")
def test_no_other_way_to_call_entities(made: Make) -> None:
    expected = "entity_text: expected label, description or both, found 'labels'"
    with pytest.raises(OptionsError, match=expected):
        made(entity_text="labels")
    with pytest.raises(OptionsError, match=expected):
        RetrieverPlan("biencoder", "encoder", "kg", entity_text="labels")  # type: ignore[arg-type]


def test_what_relations_are_called(kg: KnowledgeGraph, made: Make) -> None:
    model = made()
    texts = model.texts(kg).relations
    assert model.encoder.piece_names(texts.ids.tolist()) == ["is", "city", "o", "##f"]
    assert texts.lengths.tolist() == [1, 3]


@pytest.mark.parametrize("name", ["tim", "lyon", "is"])
def test_a_text_that_leaves_nothing(made: Make, kg_of: Callable[..., KnowledgeGraph], name: str) -> None:
    kg = kg_of(TRIPLES, [f'{{"id": "{name}", "label": "\\u200b"}}'])
    with pytest.raises(
        DataError, match=rf"{kg.folder}: expected a text of '{name}' that the encoder can read, found '\\u200b'"
    ):
        made().texts(kg)


def test_some_entities_and_some_at_a_time(kg: KnowledgeGraph, made: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    model = made(entity_text="both")
    whole = model.texts(kg)
    monkeypatch.setattr(triple_reader, "TOGETHER", 2)
    again, some = model.texts(kg), model.texts(kg, np.array([3, 0]))
    assert again.together.offsets.tolist() == whole.together.offsets.tolist()
    assert again.together.ids.tolist() == whole.together.ids.tolist()
    assert some.entities.ids.tolist() == whole.entities.take(np.array([3, 0])).ids.tolist()
    assert some.relations.ids.tolist() == whole.relations.ids.tolist()


def test_no_more_is_kept_than_there_is_room_for(kg: KnowledgeGraph, made: Make) -> None:
    model = made(entity_text="both")
    part = model.scorer if isinstance(model, TripleModel) else model.retriever
    part._pack = Packer(model.encoder, max_pieces=6)
    assert model.longest == (2 if isinstance(model, TripleModel) else 4)
    assert model.texts(kg).entities.lengths.max() == model.longest
