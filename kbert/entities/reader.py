"""What an encoder makes of the labels and descriptions of entities: a vector for each."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from graphs.knowledge import KnowledgeGraph
from graphs.options import check_range
from graphs.tables import Ids, Table
from kbert.backbone import Backbone
from kbert.batches import evaluation_batches, pieces_at_once
from kbert.layers.pooling import TextPooling
from kbert.layout import move
from kbert.triples.read_packed import read_packed
from kbert.triples.reader import TextChoice, called, check_entity_text, check_legible
from kbert.triples.texts import Packer, Phrases

BATCH = 4_096
"""Texts that are read together at most."""


Counter = Callable[[int], None]
"""Hears how many texts were read."""


class Read(NamedTuple):
    """The vectors of some entities, how many pieces of each were cut off, and which are of unknown pieces alone."""

    vectors: Table
    cut: Ids
    illegible: npt.NDArray[np.bool_]


class EntityReader:
    """Reads texts of entities with an encoder, which learns nothing.

    Args:
        backbone: the encoder
        entity_text: what is read of an entity
        max_pieces: cut longer texts, special pieces included
        pooling: which vector stands for a text, that of its first piece or the mean
        normalise: divide each vector by its length
        precision: what is computed in

    Raises :class:`OptionsError` for another ``entity_text``, and for no room for a piece.
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        entity_text: TextChoice,
        max_pieces: int,
        pooling: TextPooling,
        normalise: bool,
        precision: torch.dtype,
    ) -> None:
        check_entity_text(entity_text)
        self._backbone, self._pack = backbone.eval(), Packer(backbone, max_pieces=max_pieces)
        check_range("max_pieces", max_pieces, self._pack.special(1) + 1)
        self._entity_text, self._pooling, self._normalise = entity_text, pooling, normalise
        self._precision = precision

    def read(self, kg: KnowledgeGraph, entities: Ids, on_batch: Counter = lambda texts: None) -> Read:
        """The vectors of some entities, in their order; batches hang on these entities alone.

        Raises :class:`DataError` for an entity of whose text there is no piece.
        """
        columns = kg.labels(entities).to_pylist(), kg.descriptions(entities).to_pylist()
        texts = [called(self._entity_text, label, description) for label, description in zip(*columns, strict=True)]
        found = Phrases.cut(texts, self._backbone, most=self._pack.room(1))
        phrases = check_legible(kg, found, texts, kg.names(entities).to_pylist())
        read = self._vectors(phrases, on_batch)
        cut = self._pack.cut([(phrases, np.arange(len(phrases)))])
        return Read(unit(read) if self._normalise else read, cut, phrases.made_of(self._backbone.unknown_id))

    def read_texts(self, texts: Sequence[str], on_batch: Counter = lambda texts: None) -> Table:
        """The vectors of any texts; of one that the encoder cannot read at all the special pieces are read."""
        read = self._vectors(Phrases.cut(texts, self._backbone, most=self._pack.room(1)), on_batch)
        return unit(read) if self._normalise else read

    @torch.no_grad()
    def _vectors(self, phrases: Phrases, on_batch: Counter) -> Table:
        device = next(self._backbone.parameters()).device
        made = np.empty((len(phrases), self._backbone.width), np.float32)
        lengths, room = self._pack.lengths(phrases.lengths), pieces_at_once(device)
        autocast = torch.autocast(device.type, dtype=self._precision, enabled=self._precision != torch.float32)
        with autocast, self._backbone.reading(self._precision):
            for which in evaluation_batches(lengths, batch_size=BATCH, max_padded=room):
                batch = move(self._pack([(phrases, which)]), device)
                made[which] = read_packed(self._backbone, batch, self._pooling).cpu().numpy()
                on_batch(len(which))
        return made


def unit(vectors: Table) -> Table:
    """Vectors divided by their lengths; one of zeros stays."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)
