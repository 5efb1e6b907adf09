"""ERNIE: vectors of a text's entities, fused with the text inside the encoder.

Zhang et al. 2019, *ERNIE: Enhanced Language Representation with Informative Entities*
(https://arxiv.org/abs/1905.07129). The vector of an entity sits on the first piece of its mention
(section 3.1). Lower layers read the text alone; in the upper ones the entities of a text attend to
each other, and each layer's feed-forward part fuses them with their pieces (section 3.3).
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from graphs.errors import OptionsError
from graphs.options import check_range
from graphs.tables import Ids, Table
from kbert.backbone import Backbone
from kbert.entities.controls import Controlled
from kbert.entities.vectors import Vectors
from kbert.ernie.alignment import NONE, aligned
from kbert.ernie.layer_kinds import written
from kbert.ernie.side_files import entity_side
from kbert.layout import Columns, Encoded, Layout
from kbert.options import check_room
from kbert.pieces import PieceTable
from kbert.trunk import lay_trunk, pad_trunks

KNOWLEDGE = "vectors"
CARRIES = ("vectors",)


@dataclass
class Batch:
    """Texts padded to the longest of them, and their entities in slots, padded to the most."""

    piece_ids: Int[Tensor, "batch pieces"]
    segments: Int[Tensor, "batch pieces"]
    mask: Int[Tensor, "batch pieces"]
    """1 on pieces, 0 on padding."""
    word: Int[Tensor, "batch pieces"]
    words: list[int]
    """Number of words of each text."""
    slots: Int[Tensor, "batch slots"]
    """The piece of each slot: the first of the text, then those that have an entity."""
    seen: Bool[Tensor, "batch slots"]
    """False on padding."""
    entity: Int[Tensor, "batch slots"]
    """The entity of each slot, a row of ``vectors``."""
    vectors: Float[Tensor, "entities width"]
    """Those of the entities of the batch, each once; the first one is 0, for no entity."""
    rows: Int[Tensor, " entities"]
    """Which row of the table each of them is, ascending; ``NONE`` for the first."""


class Model(nn.Module):
    """Read the vectors of a text's entities beside its pieces.

    The vectors are never learnt and never among the weights: a batch brings those of its entities along.

    Args:
        vectors: folder of vectors of entities (of kbert kg embed, or kbert convert vectors)
        layers: what each layer is, such as "sim*5 mix norm*6" (empty: as the encoder's own entity side has it, else
            the lower half less one sim, one mix, the rest norm)
        entity_heads: heads of attention among entities (0: as the encoder's own entity side has it, else 4)
        min_score: leave out links that the linker is less sure of
        control: vectors that say nothing, to compare with: zero, or shuffled among all entities
        max_pieces: cut longer texts, special pieces included
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        vectors: str = "",
        layers: str = "",
        entity_heads: int = 0,
        min_score: float = 0.0,
        control: Literal["none", "zero", "shuffled"] = "none",
        max_pieces: int = 256,
    ) -> None:
        super().__init__()
        check_room(max_pieces, backbone.template)
        check_range("min_score", min_score, 0)
        check_range("entity_heads", entity_heads, 0)
        if not vectors:
            raise OptionsError(
                "vectors: expected a folder of vectors of entities (see kbert kg embed), found none named"
            )
        self.backbone = backbone
        self.vectors = Vectors.open(vectors)
        self.entities = entity_side(backbone, width=self.vectors.width, layers=layers, heads=entity_heads)
        self._seen_as = Controlled(self.vectors, control)
        self._min_score = min_score
        self.max_pieces = min(max_pieces, backbone.max_positions)
        self._table = PieceTable(backbone.pieces)

    @property
    def settled(self) -> dict[str, Any]:
        """The options that were left to the encoder, as they came to be."""
        return {"layers": written(self.entities.kinds), "entity_heads": self.entities.heads}

    def layout(self, rows: pa.RecordBatch) -> Layout:
        """Pieces, segments, words and entities of each row's texts.

        Raises :class:`DataError` for a mention that does not lie on whole tokens.
        """
        self._table.trim()
        trunk = lay_trunk(rows, self._table, self.backbone.template, self.max_pieces)
        entity, counts = aligned(rows, trunk, self.vectors.rows, min_score=self._min_score)
        columns: Columns = {"piece_ids": trunk.piece_ids, "segments": trunk.segments, "word": trunk.word}
        return Layout(
            trunk.offsets, {**columns, "entity": entity}, np.diff(trunk.token_offsets), {**trunk.lost, **counts}
        )

    def collate(self, layout: Layout, which: npt.NDArray[np.integer]) -> Batch:
        """Pad some texts to the longest of them, and fetch the vectors of their entities."""
        slots, seen, entity, rows = self._slots(layout.padded(which, "entity", NONE).numpy())
        return Batch(
            **pad_trunks(layout, which, self.backbone.pad_id),
            slots=torch.from_numpy(slots),
            seen=torch.from_numpy(seen),
            entity=torch.from_numpy(entity),
            vectors=torch.from_numpy(self.vectors_of(rows)),
            rows=torch.from_numpy(rows),
        )

    def forward(self, batch: Batch) -> Encoded:
        """Encode a batch."""
        positions = torch.arange(batch.piece_ids.shape[1], device=batch.piece_ids.device).expand_as(batch.piece_ids)
        inputs = (batch.piece_ids, positions, batch.segments, batch.mask)
        pieces = self.entities.encode(self.backbone, inputs, batch.vectors[batch.entity], batch.slots, batch.seen)
        return Encoded(pieces, batch.word, batch.mask, batch.words)

    def vectors_of(self, rows: Ids) -> Table:
        """What the model sees for rows of the table of vectors; 0 for ``NONE``."""
        vectors = np.zeros((len(rows), self.vectors.width), dtype=np.float32)
        vectors[rows != NONE] = self._seen_as.take(rows[rows != NONE])
        return vectors

    def _slots(self, row: npt.NDArray[np.int64]) -> tuple[npt.NDArray[Any], ...]:
        """Pieces, whether they are seen, numbers of the entities, and their rows in the table."""
        taking_part = row != NONE
        taking_part[:, :1] = True  # the first piece, also without an entity
        seen = np.arange(int(taking_part.sum(1).max(initial=0))) < taking_part.sum(1)[:, None]
        slots = np.zeros(seen.shape, dtype=np.int64)
        slots[seen] = np.nonzero(taking_part)[1]
        wanted = np.full(seen.shape, NONE, dtype=np.int64)
        wanted[seen] = row[taking_part]
        rows, entity = np.unique(np.append(wanted, NONE), return_inverse=True)
        return slots, seen, entity[:-1].reshape(wanted.shape), rows
