"""K-BERT: facts grow as branches from the words they are about.

Liu et al. 2020, *K-BERT: Enabling Language Representation with Knowledge Graph*
(https://arxiv.org/abs/1909.07606). Branch pieces get *soft positions* that count on from the
last piece of their mention (section 3.3), and a *visible matrix* hides a branch from everything
but its mention (equations 3 and 4), so that knowledge cannot change the rest of the sentence.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch
from jaxtyping import Int
from torch import Tensor, nn

from graphs.errors import UnavailableError
from graphs.options import check_range
from kbert.backbone import Backbone, tree_obstacle
from kbert.layers.visibility import PADDING, attention_bias, visible
from kbert.layout import Encoded, Layout
from kbert.options import check_room
from kbert.tree import TreeLayout
from kbert.trunk import SPECIAL

KNOWLEDGE = "facts"


@dataclass
class Batch:
    """Sentence trees laid flat and padded to the longest of them."""

    piece_ids: Int[Tensor, "batch pieces"]
    positions: Int[Tensor, "batch pieces"]
    segments: Int[Tensor, "batch pieces"]
    branch: Int[Tensor, "batch pieces"]
    """0 on the trunk, else the number of the branch; ``PADDING`` on padding."""
    mention: Int[Tensor, "batch pieces"]
    """Number of the mention a piece belongs to or grows from; 0 for none."""
    word: Int[Tensor, "batch pieces"]
    words: list[int]
    """Number of words of each text."""
    has_branches: bool


class Model(nn.Module):
    """Read the facts of a text's entities as branches of its sentence tree.

    Args:
        max_pieces: cut longer trees: branches first, then the text
        max_facts: facts that grow from one mention at most
        branch_text: what a branch says (the paper: relation and tail to classify, tail alone to tag)
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        max_pieces: int = 256,
        max_facts: int = 2,
        branch_text: Literal["relation tail", "tail"] = "relation tail",
    ) -> None:
        super().__init__()
        check_room(max_pieces, backbone.template)
        check_range("max_facts", max_facts, 0)
        reason = tree_obstacle(backbone)
        if reason is not None:
            raise UnavailableError(f"K-BERT cannot be built on this encoder: {reason}")
        self.backbone = backbone
        self._trees = TreeLayout(
            backbone.pieces,
            backbone.template,
            max_positions=backbone.max_positions,
            max_pieces=max_pieces,
            max_facts=max_facts,
            branch_text=branch_text,
        )

    def layout(self, rows: pa.RecordBatch) -> Layout:
        """Lay the sentence trees of rows flat."""
        return self._trees(rows)

    def collate(self, layout: Layout, which: npt.NDArray[np.integer]) -> Batch:
        """Pad some trees to the longest of them."""
        branch = layout.padded(which, "branch", PADDING)
        return Batch(
            piece_ids=layout.padded(which, "piece_ids", self.backbone.pad_id),
            positions=layout.padded(which, "positions", 0),
            segments=layout.padded(which, "segments", 0),
            branch=branch,
            mention=layout.padded(which, "mention", 0),
            word=layout.padded(which, "word", SPECIAL),
            words=layout.words[which].tolist(),
            has_branches=bool((branch > 0).any()),
        )

    def forward(self, batch: Batch) -> Encoded:
        """Encode a batch. Without any branch this is the encoder's own call, to the bit."""
        if batch.has_branches:
            device = batch.branch.device.type
            under_autocast = torch.is_autocast_enabled(device)
            dtype = torch.get_autocast_dtype(device) if under_autocast else next(self.backbone.parameters()).dtype
            mask = attention_bias(visible(batch.branch, batch.mention), dtype)
        else:
            mask = (batch.branch != PADDING).long()
        pieces = self.backbone(batch.piece_ids, batch.positions, batch.segments, mask)
        return Encoded(pieces, batch.word, (batch.branch == 0).long(), batch.words)
