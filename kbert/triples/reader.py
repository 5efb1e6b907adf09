"""What models of triples have in common: what they read of a graph, cut into pieces once."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import torch

from graphs.errors import DataError
from graphs.knowledge import KnowledgeGraph
from graphs.options import check_choice
from graphs.tables import Ids
from kbert.portable import Portable
from kbert.triples.ids import TripleIds
from kbert.triples.texts import TOGETHER, Phrases, TripleTexts

TextChoice = Literal["label", "description", "both"]


def check_entity_text(entity_text: str) -> None:
    """Raise :class:`OptionsError` for what is no way to call entities."""
    check_choice("entity_text", entity_text, get_args(TextChoice))


def undescribed(kg: KnowledgeGraph, entity_text: TextChoice) -> int:
    """How many entities of a graph are read by their labels alone, where ``entity_text`` asks for descriptions."""
    if entity_text == "label":
        return 0
    parts = (np.arange(start, min(start + TOGETHER, len(kg))) for start in range(0, len(kg), TOGETHER))
    return sum(int(pc.sum(pc.equal(kg.descriptions(part), "")).as_py()) for part in parts)


def called(entity_text: TextChoice, label: str, description: str) -> str:
    """What is read of an entity; its label where it has no description."""
    if entity_text == "label" or not description:
        return label
    return description if entity_text == "description" else f"{label}, {description}"


def check_legible(kg: KnowledgeGraph, found: Phrases, texts: Sequence[str], names: Sequence[str]) -> Phrases:
    """Texts of a graph as pieces, if there are some of each; ``names`` are for messages.

    Raises :class:`DataError` for a text in which the encoder can read nothing: it would be as any other such text.
    """
    if len(found) and not found.lengths.all():
        i = int(found.lengths.argmin())
        raise DataError(kg.folder, None, f"a text of {names[i]!r} that the encoder can read", repr(texts[i]))
    return found


class TripleReader(Portable):
    """A model that says of triples how likely they are, from the texts of their parts."""

    relations: list[str]
    """The names of the relations it was trained on, by their ids there."""
    entity_text: TextChoice

    @abstractmethod
    def margins(
        self, texts: TripleTexts, triples: TripleIds, *, precision: torch.dtype, **how: Any
    ) -> npt.NDArray[np.float32]:
        """A number for each triple, the larger the likelier; those of one question can be compared."""

    @abstractmethod
    def cut(self, texts: TripleTexts, triples: TripleIds) -> Ids:
        """How many pieces of each triple there is no room for, wherever it is read."""

    @property
    @abstractmethod
    def longest(self) -> int:
        """Pieces of one text that it has room for: the rest is never read, wherever that text stands."""

    def texts(self, kg: KnowledgeGraph, entities: Ids | None = None) -> TripleTexts:
        """The texts of a graph's relations and of its entities, or of some in their order, cut into pieces once.

        As strings there are only some at a time: the texts of a large graph take many times the memory of
        the pieces that are kept. Raises as :meth:`phrases_of` does.
        """
        entities = np.arange(len(kg)) if entities is None else entities
        parts = []
        for start in range(0, len(entities), TOGETHER):
            some = entities[start : start + TOGETHER]
            parts.append(self.phrases_of(kg, self.entity_texts(kg, some), kg.names(some).to_pylist()))
        relations = self.phrases_of(kg, kg.relation_texts, kg.relations)
        return TripleTexts(Phrases.join([*parts, relations]), len(entities))

    def entity_texts(self, kg: KnowledgeGraph, entities: Ids) -> list[str]:
        """What the model reads of some entities of a graph."""
        columns = kg.labels(entities).to_pylist(), kg.descriptions(entities).to_pylist()
        return list(map(self.called, *columns))

    def phrases_of(self, kg: KnowledgeGraph, texts: Sequence[str], names: Sequence[str]) -> Phrases:
        """Texts of entities or relations of a graph as pieces; ``names`` are for messages.

        Raises as :func:`check_legible` does.
        """
        return check_legible(kg, self.phrases(texts), texts, names)

    def called(self, label: str, description: str) -> str:
        """What the model reads of an entity; its label where it has no description."""
        return called(self.entity_text, label, description)

    def lacks(self, description: str) -> bool:
        """Whether an entity of this description is read by its label alone, though its description is asked for."""
        return self.entity_text != "label" and not description

    def undescribed(self, kg: KnowledgeGraph) -> int:
        """How many entities of a graph are read by their labels alone, though descriptions are asked for."""
        return undescribed(kg, self.entity_text)

    def phrases(self, texts: Sequence[str]) -> Phrases:
        """Texts of entities or relations as pieces; none is left of a text in which the encoder can read nothing."""
        return Phrases.cut(texts, self.encoder, most=self.longest)
