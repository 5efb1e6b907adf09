"""One sentence tree laid flat, to be looked at."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch

from graphs.corpus import to_rows
from graphs.options import check_range
from graphs.types import TextGraph
from kbert.backbone import Template, load
from kbert.layers.visibility import visible
from kbert.options import check_room
from kbert.tree import BranchText, TreeLayout


class FlatTree(NamedTuple):
    """Pieces of a tree in flat order, with the matrix of which sees which, and what found no room."""

    names: list[str]
    positions: list[int]
    segments: list[int]
    branch: list[int]
    visible: list[list[bool]]
    cut: dict[str, int]
    """Number of branches and of pieces of the text that had to go."""

    def rows(self) -> Iterator[tuple[int, str, int, int, int, int]]:
        """Place, name, soft position, segment, branch (0: trunk) and number of pieces seen, of each piece."""
        columns = zip(self.names, self.positions, self.segments, self.branch, self.visible, strict=True)
        for place, (name, position, segment, branch, seen) in enumerate(columns):
            yield place, name, position, segment, branch, sum(seen)


class _WholeWords:
    """A tokenizer without an encoder: every word is one piece."""

    template = Template([0], [1], [1], 1)
    max_positions = 100_000

    def __init__(self) -> None:
        self._names = ["[CLS]", "[SEP]"]

    def pieces(self, words: Sequence[str]) -> list[list[int]]:
        cut = []
        for word in words:
            pieces = word.split()
            cut.append(list(range(len(self._names), len(self._names) + len(pieces))))
            self._names += pieces
        return cut

    def piece_names(self, ids: Sequence[int]) -> list[str]:
        return [self._names[i] for i in ids]


def flat_tree(
    graph: TextGraph,
    *,
    encoder: str | None = None,
    max_pieces: int = 256,
    max_facts: int = 2,
    branch_text: BranchText = "relation tail",
) -> FlatTree:
    """Lay one text graph out as K-BERT does; without an encoder every word is one piece.

    Raises :class:`OptionsError` for numbers out of range, and :class:`UnavailableError` if the
    encoder cannot be loaded.
    """
    tokenizer = _WholeWords() if encoder is None else load(encoder)
    check_room(max_pieces, tokenizer.template)
    check_range("max_facts", max_facts, 0)
    trees = TreeLayout(
        tokenizer.pieces,
        tokenizer.template,
        max_positions=tokenizer.max_positions,
        max_pieces=max_pieces,
        max_facts=max_facts,
        branch_text=branch_text,
    )
    layout = trees(to_rows([graph]))
    columns = layout.columns
    matrix = visible(*(torch.from_numpy(columns[name])[None] for name in ("branch", "mention")))
    return FlatTree(
        names=tokenizer.piece_names(columns["piece_ids"].tolist()),
        positions=columns["positions"].tolist(),
        segments=columns["segments"].tolist(),
        branch=columns["branch"].tolist(),
        visible=matrix[0].tolist(),
        cut={what: layout.cut[what] for what in ("branches", "pieces")},
    )
