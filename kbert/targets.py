"""Targets: the numbers a loss wants, one a text or one a word, and how they become tensors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Shaped
from torch import Tensor

from graphs.tables import Ids, offsets_of, ranges

IGNORED = -100
"""No target: padding, or a label nobody has seen in training (torch's own ``ignore_index``). Of numbers it is NaN."""

Values = npt.NDArray[np.int64] | npt.NDArray[np.float32]
"""Numbers of labels, or numbers to predict."""


@dataclass(frozen=True, eq=False)
class Targets:
    """Targets of many texts end to end; with ``per_text`` each has exactly one."""

    offsets: Ids
    values: Values
    per_text: bool

    @classmethod
    def of_texts(cls, values: Values) -> "Targets":
        """One target a text."""
        return cls(np.arange(len(values) + 1), values, per_text=True)

    @classmethod
    def join(cls, parts: list["Targets"]) -> "Targets":
        """Several as one."""
        counts = np.concatenate([np.diff(part.offsets) for part in parts])
        return cls(offsets_of(counts), np.concatenate([part.values for part in parts]), parts[0].per_text)

    def collate(self, which: npt.NDArray[np.integer]) -> Shaped[Tensor, "batch"] | Shaped[Tensor, "batch words"]:
        """Targets of some texts: one a text, or one a word and padded with ``IGNORED`` (numbers with NaN)."""
        if self.per_text:
            return torch.from_numpy(self.values[which])
        counts = np.diff(self.offsets)[which]
        nothing = np.nan if self.values.dtype.kind == "f" else IGNORED
        matrix = np.full((len(which), int(counts.max(initial=0))), nothing, dtype=self.values.dtype)
        matrix[np.arange(matrix.shape[1]) < counts[:, None]] = self.values[ranges(self.offsets[which], counts)]
        return torch.from_numpy(matrix)


def numbered(labels: list[str], values: list[str | None]) -> npt.NDArray[np.int64]:
    """Labels as their numbers; ``IGNORED`` for none and for unknown ones."""
    number = {label: i for i, label in enumerate(labels)}
    return np.fromiter((number.get(v, IGNORED) if v is not None else IGNORED for v in values), np.int64, len(values))
