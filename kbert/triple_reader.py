"""What models of triples have in common: what they read of a graph, cut into pieces once."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch

from graphs.errors import DataError
from graphs.knowledge import KnowledgeGraph
from graphs.options import check_choice
from kbert.portable import Portable
from kbert.triple_ids import TripleIds
from kbert.triple_texts import Phrases, TripleTexts

EntityText = Literal["label", "description", "both"]


def check_entity_text(entity_text: str) -> None:
    """Raise :class:`OptionsError` for what is no way to call entities."""
    check_choice("entity_text", entity_text, get_args(EntityText))


class TripleReader(Portable):
    """A model that says of triples how likely they are, from the texts of their parts."""

    relations: list[str]
    """The names of the relations it was trained on, by their ids there."""
    entity_text: EntityText

    @abstractmethod
    def margins(
        self, texts: TripleTexts, triples: TripleIds, *, precision: torch.dtype, **how: Any
    ) -> npt.NDArray[np.float32]:
        """A number for each triple, the larger the likelier; those of one question can be compared."""

    def texts(self, kg: KnowledgeGraph) -> TripleTexts:
        """The texts of a graph's entities and relations, cut into pieces once.

        Raises :class:`DataError` for a text in which the encoder can read nothing: it would be as any other such text.
        """
        ids = np.arange(len(kg))
        labels, descriptions = kg.labels(ids).to_pylist(), kg.descriptions(ids).to_pylist()
        called = [self.called(*both) for both in zip(labels, descriptions, strict=True)]
        found = TripleTexts(self.phrases(called), self.phrases(kg.relation_texts))
        for phrases, texts in ((found.entities, called), (found.relations, kg.relation_texts)):
            if len(phrases) and not phrases.lengths.all():
                i = int(phrases.lengths.argmin())
                name = kg.relations[i] if texts is kg.relation_texts else kg.names([i]).to_pylist()[0]
                raise DataError(kg.folder, None, f"a text of {name!r} that the encoder can read", repr(texts[i]))
        return found

    def called(self, label: str, description: str) -> str:
        """What the model reads of an entity; its label where it has no description."""
        if self.entity_text == "label" or not description:
            return label
        return description if self.entity_text == "description" else f"{label}, {description}"

    def phrases(self, texts: Sequence[str]) -> Phrases:
        """Texts of entities or relations as pieces; none is left of a text in which the encoder can read nothing."""
        return Phrases.cut(texts, self.encoder, most=self.encoder.max_positions)
