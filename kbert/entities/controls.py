"""Vectors of entities as a model sees them: their own, or those of a control."""

from typing import Literal

import numpy as np

from graphs.tables import Ids, Table
from kbert.entities.vectors import Vectors

Control = Literal["none", "zero", "shuffled"]


class Controlled:
    """The vectors that stand for those of entities.

    With ``zero`` all are 0: nothing is known but which words are entities. With ``shuffled`` every
    entity has the vector of another one, always the same: as many vectors, as long, as often, that
    say nothing of whom they stand for.
    """

    def __init__(self, vectors: Vectors, control: Control) -> None:
        self._vectors, self._control = vectors, control
        self._other = other_rows(len(vectors)) if control == "shuffled" else None

    def take(self, rows: Ids) -> Table:
        """What the model sees for some entities."""
        if self._control == "zero":
            return np.zeros((len(rows), self._vectors.width), dtype=np.float32)
        return self._vectors.take(rows if self._other is None else self._other[rows])


def other_rows(count: int) -> Ids:
    """For each of so many rows another one, each once: they are put in a circle in random order."""
    circle = np.random.default_rng(0).permutation(count)
    others = np.empty(count, dtype=np.int64)
    others[circle] = np.roll(circle, -1)
    return others
