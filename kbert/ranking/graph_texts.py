"""The texts of a graph, cut into pieces when they are wanted: those of a question's entities, or all."""

import numpy as np

from graphs.knowledge import KnowledgeGraph
from graphs.tables import Ids
from kbert.triples.reader import TripleReader
from kbert.triples.texts import TripleTexts


class GraphTexts:
    """What a model reads of the entities and relations of a graph; nothing is cut before it is wanted.

    Who asks about some entities gets theirs alone, until as many were cut as there are: then all are
    cut once, and kept.
    """

    def __init__(self, model: TripleReader, kg: KnowledgeGraph) -> None:
        self._model, self._kg = model, kg
        self._cut = 0
        self._whole: TripleTexts | None = None

    @property
    def count(self) -> int:
        """How many entities there are."""
        return len(self._kg)

    def whole(self) -> TripleTexts:
        """All texts, from then on kept."""
        if self._whole is None:
            self._whole = self._model.texts(self._kg)
        return self._whole

    def holding(self, entities: Ids) -> tuple[TripleTexts, Ids]:
        """Texts that hold at least those of some entities, with all relations, and which of them each entity's is."""
        distinct, which = np.unique(entities, return_inverse=True)
        self._cut += len(distinct)
        if self._whole is not None or self._cut > self.count:
            return self.whole(), entities
        return self._model.texts(self._kg, distinct), which
