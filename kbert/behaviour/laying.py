"""Items of a user laid out as a sequence of pieces: special ones, then one piece an item."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from graphs.tables import Ids, Ints, ranges

PAD, MASK, CLS, SEP = range(4)
FIRST = 4
"""The piece of item 0; those of the others follow."""


@dataclass
class Laid:
    """Sequences padded to the longest of them, ``[CLS] items [SEP]`` (causal: ``[CLS] items``), and what is asked."""

    ids: Int[Tensor, "batch pieces"]
    row: Int[Tensor, " labels"]
    column: Int[Tensor, " labels"]
    """Where something is asked."""
    target: Int[Tensor, " labels"]
    """The item that belongs there."""

    @property
    def real(self) -> Bool[Tensor, "batch pieces"]:
        """What is no padding."""
        return self.ids != PAD


def lay(
    items: Ints,
    first: Ids,
    taken: Ids,
    hidden: Sequence[Ids] | None,
    *,
    causal: bool,
    asks_next: bool = False,
    asked: Ids | None = None,
) -> Laid:
    """Lay out stretches ``items[first[i]:first[i] + taken[i]]``.

    Read from both sides, the items at the places ``hidden[i]`` of stretch i are hidden and asked for; ``asks_next``
    adds a hidden one behind the last, of which nothing is known. Read causally, each item, or each of the last
    ``asked`` of a stretch, is asked for from those before it (the last is not read), or with ``asks_next`` what follows
    on the last.
    """
    count = len(first)
    held_back = int(causal and not asks_next)
    read = taken - held_back if causal else taken + int(asks_next)
    length = int(read.max(initial=0)) + (1 if causal else 2)
    ids = np.full((count, length), PAD, dtype=np.int64)
    ids[:, 0] = CLS
    place = ranges(np.zeros(count, dtype=np.int64), np.maximum(taken - held_back, 0))
    row = np.repeat(np.arange(count), np.maximum(taken - held_back, 0))
    ids[row, 1 + place] = FIRST + items[first[row] + place]
    if not causal:
        ids[np.arange(count), 1 + read] = SEP
    if asks_next:
        rows = np.arange(count)
        columns = taken + (0 if causal else 1)
        if not causal:
            ids[rows, columns] = MASK
        return _laid(ids, rows, columns, np.zeros(count, dtype=np.int64))
    if causal:  # the piece before each item asks for it
        asked = taken if asked is None else asked
        rows, places = np.repeat(np.arange(count), asked), ranges(taken - asked, asked)
        return _laid(ids, rows, places, items[first[rows] + places].astype(np.int64))
    assert hidden is not None
    rows = np.repeat(np.arange(count), [len(some) for some in hidden])
    places = np.concatenate([*hidden, np.zeros(0, dtype=np.int64)]).astype(np.int64)
    ids[rows, 1 + places] = MASK
    return _laid(ids, rows, 1 + places, items[first[rows] + places].astype(np.int64))


def _laid(
    ids: npt.NDArray[np.int64], row: npt.NDArray[np.int64], column: npt.NDArray[np.int64], target: npt.NDArray[np.int64]
) -> Laid:
    return Laid(*(torch.from_numpy(array) for array in (ids, row, column, target)))


def hide(taken: Ids, rate: float, generator: np.random.Generator, *, last: npt.NDArray[np.bool_]) -> list[Ids]:
    """Places to hide in stretches: each with the chance ``rate``, one at least; where ``last``, the last alone."""
    places = []
    for length, at_end in zip(taken.tolist(), last.tolist(), strict=True):
        if not length:
            places.append(np.zeros(0, dtype=np.int64))
        elif at_end:
            places.append(np.array([length - 1]))
        else:
            chosen = np.flatnonzero(generator.random(length) < rate)
            places.append(chosen if len(chosen) else generator.integers(length, size=1))
    return places
