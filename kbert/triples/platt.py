"""Margins as probabilities: a sigmoid fitted to triples that are known to be true or false (Platt 1999)."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import logit

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BINS = 15
"""Bins of equal mass; Guo et al. 2017 (https://arxiv.org/abs/1706.04599) have as many of equal width."""

IN_A_BIN = 20
"""Triples in a bin at least: of 20 a share of true ones is known to 11 points at worst. Few triples have fewer bins."""


class DevMargins(NamedTuple):
    """Triples known to be true or false, with their margins; ``half`` parts them for cross-fitting."""

    margin: Floats
    is_true: Bools
    relation: npt.NDArray[np.integer]
    half: Bools

    def where(self, which: Bools) -> "DevMargins":
        """Some of them."""
        return DevMargins(self.margin[which], self.is_true[which], self.relation[which], self.half[which])


class Platt(NamedTuple):
    """A sigmoid over margins; with the scale 0 they say nothing."""

    scale: float
    offset: float

    @classmethod
    def fit(cls, judged: DevMargins) -> "Platt":
        """The most likely one, with the targets of Platt 1999, equation 1, which keep it finite.

        A scale below 0 would call triples the less likely the larger their margin: then it is 0.
        """
        from sklearn.linear_model import LogisticRegression

        true = int(judged.is_true.sum())
        false = len(judged.is_true) - true
        target = np.where(judged.is_true, (true + 1) / (true + 2), 1 / (false + 2))
        flat = cls(0.0, float(logit(target.mean())))
        centre, spread = judged.margin.mean(), judged.margin.std()
        if not spread > 0:
            return flat
        # A soft target is both a true and a false example, each with its weight.
        inputs = np.tile((judged.margin - centre) / spread, 2)[:, None]
        kinds, weights = np.repeat([1, 0], len(target)), np.concatenate((target, 1 - target))
        found = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8).fit(inputs, kinds, weights)
        scale = float(found.coef_[0, 0] / spread)
        return cls(scale, float(found.intercept_[0] - scale * centre)) if scale > 0 else flat

    def logits(self, margin: npt.NDArray[np.floating]) -> Floats:
        """What a sigmoid makes probabilities of."""
        return self.scale * np.asarray(margin, np.float64) + self.offset


def bins_for(triples: int) -> int:
    """How many bins the calibration error of so many triples has."""
    return max(1, min(BINS, triples // IN_A_BIN))


def calibration_error(probability: Floats, is_true: Bools, bins: int) -> float:
    """The expected calibration error: how far mean probability and share of true ones are apart, bin by bin.

    Bins hold equally many triples, but for equal probabilities, which are in one bin (Nguyen and
    O'Connor 2015, https://arxiv.org/abs/1508.05154).
    """
    edges = np.sort(probability)[len(probability) * np.arange(1, bins) // bins]
    place = np.searchsorted(edges, probability, side="right")
    apart = np.bincount(place, probability - is_true)
    return float(np.abs(apart).sum() / len(probability))
