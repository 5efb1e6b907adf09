"""One sentence tree, laid flat and ready to be looked at."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from graphs.corpus import to_rows
from graphs.types import TextGraph
from kbert.backbone import Template
from kbert.tree import BranchText, TreeLayout


class Planted(NamedTuple):
    """Pieces of a tree in flat order, with the matrix of which sees which."""

    names: list[str]
    positions: list[int]
    segments: list[int]
    branch: list[int]
    visible: list[list[bool]]

    def rows(self) -> Iterator[tuple[int, str, int, int, int, int]]:
        """Place, name, soft position, segment, branch (0: trunk) and number of pieces seen, of each piece."""
        columns = zip(self.names, self.positions, self.segments, self.branch, self.visible, strict=True)
        for place, (name, position, segment, branch, seen) in enumerate(columns):
            yield place, name, position, segment, branch, sum(seen)


class _Words:
    """A tokenizer without a model: every word is one piece."""

    def __init__(self) -> None:
        self.names = ["[CLS]", "[SEP]"]

    def cut(self, words: Sequence[str]) -> list[list[int]]:
        cut = []
        for word in words:
            pieces = word.split()
            cut.append(list(range(len(self.names), len(self.names) + len(pieces))))
            self.names += pieces
        return cut


def planted(
    graph: TextGraph, *, encoder: str | None = None, max_facts: int = 2, branch_text: BranchText = "relation tail"
) -> Planted:
    """Lay one text graph out as K-BERT does; without an encoder every word is one piece."""
    import torch

    from kbert.backbone import load
    from kbert.layers.visibility import visible

    words = _Words()
    if encoder is None:
        trees = TreeLayout(
            words.cut,
            Template([0], [1], [1], 1),
            max_positions=100_000,
            max_pieces=100_000,
            max_facts=max_facts,
            branch_text=branch_text,
        )
    else:
        backbone = load(encoder)
        trees = TreeLayout(
            backbone.pieces,
            backbone.template,
            max_positions=backbone.max_positions,
            max_pieces=backbone.max_positions,
            max_facts=max_facts,
            branch_text=branch_text,
        )
    columns = trees(to_rows([graph])).columns
    ids = columns["piece_ids"].tolist()
    matrix = visible(*(torch.from_numpy(columns[name].astype(np.int64))[None] for name in ("branch", "mention")))
    return Planted(
        names=[words.names[i] for i in ids] if encoder is None else backbone.piece_names(ids),
        positions=columns["positions"].tolist(),
        segments=columns["segments"].tolist(),
        branch=columns["branch"].tolist(),
        visible=matrix[0].tolist(),
    )
