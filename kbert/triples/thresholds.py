"""From which margin on a triple is held for true: one threshold for all, or one a relation."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from kbert.triples.platt import Bools, DevMargins, Floats

ENOUGH, OF_EACH = 100, 10
"""Triples, and of each kind, from which a relation has a threshold of its own: at 100 an accuracy is
known to 5 points (its standard error is at most √(0.25 / 100)); what fewer would gain is chance."""

Choice = Literal["global", "relation"]


class Thresholds(NamedTuple):
    """The margin from which a triple is held for true: one for all, and those of relations (by ids) that differ."""

    all: float
    by_relation: dict[int, float]

    @classmethod
    def fit(cls, judged: DevMargins, relations: Sequence[int]) -> "Thresholds":
        """Those with which most triples are told apart rightly."""
        parts = {relation: judged.where(judged.relation == relation) for relation in relations}
        return cls(
            best_threshold(judged.margin, judged.is_true),
            {r: best_threshold(part.margin, part.is_true) for r, part in parts.items() if len(part.margin)},
        )

    def of(self, relation: npt.NDArray[np.integer]) -> Floats:
        """The threshold of each of some triples, that of its relation where it has one."""
        found = np.full(len(relation), self.all)
        for own, threshold in self.by_relation.items():
            found[relation == own] = threshold
        return found


def best_threshold(margin: Floats, is_true: Bools) -> float:
    """A threshold that tells most triples apart rightly, those from it on being held for true.

    It lies half-way between two margins; of several as good the middle one is taken.
    """
    values, which = np.unique(margin, return_inverse=True)
    gain = np.bincount(which, np.where(is_true, -1, 1))  # of holding a value's triples for false
    right = np.concatenate(([0], np.cumsum(gain)))
    best = np.flatnonzero(right == right.max())
    bounds = np.concatenate(([values[0] - 1], values, [values[-1] + 1]))
    cut = best[len(best) // 2]
    return float((bounds[cut] + bounds[cut + 1]) / 2)


def relations_with_enough(judged: DevMargins) -> list[int]:
    """Relations of which there are enough triples for a threshold of their own."""
    sizes, true = np.bincount(judged.relation), np.bincount(judged.relation, judged.is_true)
    enough = (sizes >= ENOUGH) & (np.minimum(true, sizes - true) >= OF_EACH)
    return [int(relation) for relation in np.flatnonzero(enough)]
