"""What models of triples have in common: what they read of a graph, cut into pieces once."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from graphs.knowledge import KnowledgeGraph
from kbert.portable import Portable
from kbert.triple_ids import TripleIds
from kbert.triple_texts import Phrases, TripleTexts

EntityText = Literal["label", "description", "both"]


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
        """The texts of a graph's entities and relations, cut into pieces once."""
        ids = np.arange(len(kg))
        names = kg.names(ids).to_pylist()
        labels, descriptions = kg.labels(ids).to_pylist(), kg.descriptions(ids).to_pylist()
        return TripleTexts(
            self.phrases([self.called(*both) for both in zip(labels, descriptions, strict=True)], names),
            self.phrases(kg.relation_texts, kg.relations),
        )

    def called(self, label: str, description: str) -> str:
        """What the model reads of an entity; its label where it has no description."""
        if self.entity_text == "label" or not description:
            return label
        return description if self.entity_text == "description" else f"{label}, {description}"

    def phrases(self, texts: Sequence[str], names: Sequence[str]) -> Phrases:
        """Texts of entities or relations as pieces; ``names`` are for messages."""
        return Phrases.cut(texts, names, self.encoder, most=self.encoder.max_positions)
