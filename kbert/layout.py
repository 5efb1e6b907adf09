"""Laid-out texts: ragged columns of numbers about pieces, and how they become padded tensors."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from torch import Tensor

from graphs.tables import Ids, offsets_of, ranges

Columns = dict[str, npt.NDArray[np.integer]]
"""Numbers about pieces, by name: all arrays are of one length."""


OPENING = -2
"""What stands for the word of a marker that opens a span of the task's first role; of its next roles -3, and so on.

Behind those of all roles come the markers that close their spans, in the same order.
"""


@dataclass(frozen=True, eq=False)
class Layout:
    """Many laid-out texts end to end; text ``i`` has the pieces ``offsets[i]:offsets[i + 1]`` of each column.

    ``words`` is the number of tokens of each text, ``cut`` what had to go for want of room. A model
    that reads knowledge also counts there the texts that took some in (``texts_linked``).
    """

    offsets: Ids
    columns: Columns
    words: Ids
    cut: Mapping[str, int]

    def __len__(self) -> int:
        """The number of texts."""
        return len(self.words)

    @property
    def linked_share(self) -> float | None:
        """Share of the texts that took knowledge in; None where the model reads none."""
        grown = self.cut.get("texts_linked")
        return None if grown is None else grown / max(len(self), 1)

    @property
    def lengths(self) -> Ids:
        """Pieces of each text."""
        return np.diff(self.offsets)

    @classmethod
    def join(cls, parts: Sequence["Layout"]) -> "Layout":
        """Several layouts as one."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            offsets_of(np.concatenate([part.lengths for part in parts])),
            {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns},
            np.concatenate([part.words for part in parts]),
            {name: sum(part.cut[name] for part in parts) for name in parts[0].cut},
        )

    def padded(self, which: npt.NDArray[np.integer], name: str, value: int) -> Int[Tensor, "batch pieces"]:
        """One column of some texts as a matrix, ``value`` behind the end of each."""
        lengths = self.lengths[which]
        matrix = np.full((len(which), int(lengths.max(initial=0))), value, dtype=np.int64)
        inside = np.arange(matrix.shape[1]) < lengths[:, None]
        matrix[inside] = self.columns[name][ranges(self.offsets[which], lengths)]
        return torch.from_numpy(matrix)


@dataclass
class Encoded:
    """What an encoder says of a batch of texts.

    ``word`` is the word of each piece (negative: special, injected or padding; see :data:`OPENING`), ``trunk`` is 1 on
    the pieces of the text itself with its special pieces, ``words`` the number of words of each text.
    """

    pieces: Float[Tensor, "batch pieces width"]
    word: Int[Tensor, "batch pieces"]
    trunk: Int[Tensor, "batch pieces"]
    words: list[int]

    @contextmanager
    def for_heads(self) -> Iterator["Encoded"]:
        """The same in float32, outside any autocast: heads compute in it, as bf16 cannot tell near scores apart."""
        with torch.autocast(self.pieces.device.type, enabled=False):
            yield replace(self, pieces=self.pieces.float())


Moved = TypeVar("Moved")


def move(batch: Moved, device: torch.device | str) -> Moved:
    """A batch (a dataclass of tensors, numbers and other batches) on another device."""
    moved = {}
    for field in fields(batch):  # type: ignore[arg-type]
        value = getattr(batch, field.name)
        if isinstance(value, Tensor):
            value = value.to(device, non_blocking=True)
        moved[field.name] = move(value, device) if is_dataclass(value) else value
    return type(batch)(**moved)
