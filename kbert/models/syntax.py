"""A graph network over the dependency tree, on top of BERT.

Zhou et al. 2021, *Dependency Parsing based Semantic Representation Learning with Graph Neural Network for
Enhancing Expressiveness of Text-to-Speech* (https://arxiv.org/abs/2104.06835). The vector of a word is the mean over
its pieces; messages go from heads to their dependents and back, and what has reached a word is added to its vector.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from graphs.errors import OptionsError
from kbert.arcs import NO_HEAD, labels_of, lay_arcs
from kbert.backbone import Backbone
from kbert.layers.messages import WITH_ATTENTION, BothWays, Edges
from kbert.layers.pooling import pool_words, words_read
from kbert.layout import Columns, Encoded, Layout
from kbert.options import check_room
from kbert.pieces import PieceTable
from kbert.trunk import lay_trunk, pad_trunks

KNOWLEDGE = "arcs"

WORDS_ALONE = True
"""What is known reaches the vectors of words, and not those of special pieces."""


LEARNT_FROM = ("id", "arcs")
"""The columns that :func:`learnt` reads."""


def learnt(options: Mapping[str, Any], batches: Iterable[pa.RecordBatch]) -> dict[str, Any]:
    """The options with the labels of the arcs of the training texts, where labels are told apart and none are named.

    Raises :class:`DataError` for texts without any arc, and :class:`OptionsError` for labels that none of them has.
    """
    found, named = labels_of(batches), options.get("arc_labels", "")
    if named and not set(named.split()) & set(found):
        raise OptionsError(f"arc_labels {named!r}: the training texts have none of these, but {', '.join(found)}")
    if named or not options.get("labels", True) or options.get("layer") == "gcn":
        return dict(options)
    return {**options, "arc_labels": " ".join(found)}


@dataclass
class Batch:
    """Texts padded to the longest of them, and the arcs among their words, which stand end to end."""

    piece_ids: Int[Tensor, "batch pieces"]
    segments: Int[Tensor, "batch pieces"]
    mask: Int[Tensor, "batch pieces"]
    """1 on pieces, 0 on padding."""
    word: Int[Tensor, "batch pieces"]
    words: list[int]
    """Number of words of each text."""
    nodes: Int[Tensor, " batch"]
    """How many words of each text have a place among the nodes: behind them all are cut off."""
    first_node: Int[Tensor, " batch"]
    """Where those of each text begin when those of all stand end to end."""
    edges: Edges


class Model(nn.Module):
    """Send messages along the arcs of a text's dependency tree.

    Args:
        layer: what sends messages: the gated network of the paper, or a layer of PyTorch Geometric
        steps: how often messages are sent
        relation_weights: of ggnn: one matrix for all labels and a bias for each, or a matrix for each as in the paper
        attention_heads: of gatv2 and transformer
        forward: messages go from heads to dependents
        reverse: messages go from dependents to heads
        labels: arcs are told apart by their labels
        highway: a gate says how much of a word is kept, in place of a sum
        control: random trees over the words of each sentence, to compare with
        arc_labels: labels that are told apart, with spaces between (empty: those of the training texts)
        max_pieces: cut longer texts, special pieces included
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        layer: Literal["ggnn", "gcn", "gatv2", "transformer"] = "ggnn",
        steps: int = 2,
        relation_weights: Literal["shared", "label"] = "shared",
        attention_heads: int = 8,
        forward: bool = True,
        reverse: bool = True,
        labels: bool = True,
        highway: bool = False,
        control: Literal["none", "shuffled"] = "none",
        arc_labels: str = "",
        max_pieces: int = 256,
    ) -> None:
        super().__init__()
        check_room(max_pieces, backbone.template)
        _check_idle(layer, labels=labels, relation_weights=relation_weights, heads=attention_heads, named=arc_labels)
        self.backbone = backbone
        self.max_pieces = min(max_pieces, backbone.max_positions)
        self._table = PieceTable(backbone.pieces)
        self._labels = arc_labels.split() if labels else None
        self._control: Literal["none", "shuffled"] = control
        self.messages = BothWays(
            backbone.width,
            len(self._labels or ()),
            layer=layer,
            steps=steps,
            relation_weights=relation_weights,
            attention_heads=attention_heads,
            forward=forward,
            reverse=reverse,
            highway=highway,
        )

    def layout(self, rows: pa.RecordBatch) -> Layout:
        """Pieces, segments, words and arcs of each row's texts.

        Raises :class:`DataError` for arcs that are no arcs among the words of their row.
        """
        self._table.trim()
        trunk = lay_trunk(rows, self._table, self.backbone.template, self.max_pieces)
        arcs, counts = lay_arcs(rows, trunk, self._labels, control=self._control)
        columns: Columns = {"piece_ids": trunk.piece_ids, "segments": trunk.segments, "word": trunk.word, **arcs}
        return Layout(trunk.offsets, columns, np.diff(trunk.token_offsets), {**trunk.lost, **counts})

    def collate(self, layout: Layout, which: npt.NDArray[np.integer]) -> Batch:
        """Pad some texts to the longest of them, and number their words through."""
        text = pad_trunks(layout, which, self.backbone.pad_id)
        word = text["word"]
        nodes = (word.amax(1) + 1).clamp(min=0)
        first_node = nodes.cumsum(0) - nodes
        head, arc = (layout.padded(which, name, NO_HEAD) for name in ("head", "arc"))
        row, piece = torch.nonzero(head != NO_HEAD, as_tuple=True)
        begin = first_node[row]
        return Batch(
            **text,
            nodes=nodes,
            first_node=first_node,
            edges=Edges(begin + head[row, piece], begin + word[row, piece], arc[row, piece]),
        )

    def forward(self, batch: Batch) -> Encoded:
        """Encode a batch. Texts without arcs are as the encoder has them, to the bit."""
        positions = torch.arange(batch.piece_ids.shape[1], device=batch.piece_ids.device).expand_as(batch.piece_ids)
        pieces = self.backbone(batch.piece_ids, positions, batch.segments, batch.mask)
        return Encoded(self._with_messages(pieces, batch), batch.word, batch.mask, batch.words)

    def _with_messages(
        self, pieces: Float[Tensor, "batch pieces width"], batch: Batch
    ) -> Float[Tensor, "batch pieces width"]:
        """Each piece with what has reached its word, so that the mean over a word's pieces is the word's vector."""
        most = words_read(batch.word)
        pooled = pool_words(pieces, batch.word, most, "mean")
        nodes = pooled[torch.arange(most, device=pieces.device) < batch.nodes[:, None]]
        reached = self.messages(nodes, batch.edges).to(pieces.dtype)
        row, piece = torch.nonzero(batch.word >= 0, as_tuple=True)
        node = batch.first_node[row] + batch.word[row, piece]
        return pieces.index_put((row, piece), reached[node], accumulate=True)


def _check_idle(layer: str, *, labels: bool, relation_weights: str, heads: int, named: str) -> None:
    """Raise :class:`OptionsError` for options that would be without effect."""
    has_labels = labels and layer != "gcn"
    if named and not has_labels:
        raise OptionsError(f"arc_labels {named!r} has no effect: labels are not told apart")
    if relation_weights == "label" and (layer != "ggnn" or not labels):
        raise OptionsError("relation_weights 'label' has no effect: it is for the layer ggnn with labels")
    if heads != 8 and layer not in WITH_ATTENTION:
        raise OptionsError(f"attention_heads {heads} has no effect: {layer} has none")
