"""Principal components: fewer numbers that keep as much of what tells vectors apart as so many can."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from graphs.errors import OptionsError, StoreError
from graphs.tables import Table
from kbert.checkpoint import read_tensors, write_tensors


class Projection(NamedTuple):
    """The mean that is taken off, the directions that are kept, and the share of the variance that lies in them.

    ``mean`` is ``[width]`` and ``directions`` ``[kept, width]``, of length 1 each and the most telling first.
    """

    mean: Table
    directions: Table
    share: float

    @classmethod
    def fit(cls, vectors: Table, width: int) -> "Projection":
        """The ``width`` principal components of some vectors; the largest number of each is positive.

        Raises :class:`OptionsError` for fewer vectors, or fewer numbers in each, than there are to be components.
        """
        if width > min(vectors.shape):
            found = f"{len(vectors):,} vectors of {vectors.shape[1]:,} numbers"
            raise OptionsError(f"width: {width} numbers cannot be made of {found}")
        mean = vectors.mean(0, dtype=np.float64)
        _, sizes, directions = np.linalg.svd(vectors - mean, full_matrices=False)
        kept = directions[:width]
        kept *= np.sign(kept[np.arange(width), np.abs(kept).argmax(1)])[:, None]
        squares = sizes**2
        share = float(squares[:width].sum() / squares.sum()) if squares.any() else 1.0
        return cls(mean.astype(np.float32), kept.astype(np.float32), share)

    def __call__(self, vectors: Table) -> Table:
        """Vectors along the directions."""
        return np.asarray((vectors - self.mean) @ self.directions.T, np.float32)

    def save(self, path: Path) -> None:
        """Keep it in a file."""
        share = np.array([self.share], np.float64)
        values = {"mean": self.mean, "directions": self.directions, "share": share}
        write_tensors(path, {name: torch.from_numpy(value) for name, value in values.items()})

    @classmethod
    def load(cls, path: Path) -> "Projection":
        """What :meth:`save` wrote. Raises :class:`StoreError` for a file that is missing or damaged."""
        kept = {name: value.numpy() for name, value in read_tensors(path).items()}
        if kept.keys() != {"mean", "directions", "share"}:
            raise StoreError(path, None, "mean, directions and share", ", ".join(sorted(kept)) or "nothing")
        return cls(kept["mean"], kept["directions"], float(kept["share"][0]))
