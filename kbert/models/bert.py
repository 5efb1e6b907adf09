"""Plain BERT: the text alone, whatever the graph knows. The baseline of every comparison.

Devlin et al. 2019, *BERT: Pre-training of Deep Bidirectional Transformers for Language
Understanding* (https://arxiv.org/abs/1810.04805).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch
from jaxtyping import Int
from torch import Tensor, nn

from kbert.backbone import Backbone
from kbert.layout import Columns, Encoded, Layout
from kbert.options import check_room
from kbert.pieces import PieceTable
from kbert.trunk import lay_trunk, pad_trunks

KNOWLEDGE = None


@dataclass
class Batch:
    """Texts padded to the longest of them."""

    piece_ids: Int[Tensor, "batch pieces"]
    segments: Int[Tensor, "batch pieces"]
    mask: Int[Tensor, "batch pieces"]
    """1 on pieces, 0 on padding."""
    word: Int[Tensor, "batch pieces"]
    words: list[int]
    """Number of words of each text."""


class Model(nn.Module):
    """An encoder of the BERT kind as it is.

    Args:
        max_pieces: cut longer texts, special pieces included
    """

    def __init__(self, backbone: Backbone, *, max_pieces: int = 256) -> None:
        super().__init__()
        check_room(max_pieces, backbone.template)
        self.backbone = backbone
        self.max_pieces = min(max_pieces, backbone.max_positions)
        self._table = PieceTable(backbone.pieces)

    def layout(self, rows: pa.RecordBatch) -> Layout:
        """Pieces, segments and words of each row's texts."""
        self._table.trim()
        trunk = lay_trunk(rows, self._table, self.backbone.template, self.max_pieces)
        columns: Columns = {"piece_ids": trunk.piece_ids, "segments": trunk.segments, "word": trunk.word}
        return Layout(trunk.offsets, columns, np.diff(trunk.token_offsets), trunk.lost)

    def collate(self, layout: Layout, which: npt.NDArray[np.integer]) -> Batch:
        """Pad some texts to the longest of them."""
        return Batch(**pad_trunks(layout, which, self.backbone.pad_id))

    def forward(self, batch: Batch) -> Encoded:
        """Encode a batch."""
        positions = torch.arange(batch.piece_ids.shape[1], device=batch.piece_ids.device).expand_as(batch.piece_ids)
        pieces = self.backbone(batch.piece_ids, positions, batch.segments, batch.mask)
        return Encoded(pieces, batch.word, batch.mask, batch.words)
