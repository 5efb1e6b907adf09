"""Margins as probabilities, and the margin from which a triple is held for true.

A probability is ``sigmoid(scale · margin + offset)`` (Platt 1999): a temperature, and an offset
because the margins of some models have no zero of their own. What is reported of it is
cross-fitted: fitted on one half of the triples, measured on the other, and the other way round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit as sigmoid
from scipy.special import logit

from graphs.manifests import Shape
from kbert.triples.platt import Bools, DevMargins, Floats, Platt, bins_for, calibration_error
from kbert.triples.thresholds import Choice, Thresholds, relations_with_enough


class CrossFitted(NamedTuple):
    """Cross-fitted figures: calibration errors of ``sigmoid(margin)`` and of the fit, accuracies by thresholds."""

    bins: int
    error_before: float
    error_after: float
    accuracy_global: float
    accuracy_relation: float


def cross_fitted(judged: DevMargins, relations: Sequence[int]) -> CrossFitted:
    """Each half measured with what is fitted on the other."""
    probability, by_all, by_relation = np.empty(len(judged.margin)), judged.is_true.copy(), judged.is_true.copy()
    for side in (False, True):
        own = judged.half == side
        learnt, held_out = judged.where(~own), judged.where(own)
        thresholds = Thresholds.fit(learnt, relations)
        probability[own] = sigmoid(Platt.fit(learnt).logits(held_out.margin))
        by_all[own] = held_out.margin >= thresholds.all
        by_relation[own] = held_out.margin >= thresholds.of(held_out.relation)
    bins = bins_for(len(judged.margin))
    return CrossFitted(
        bins,
        calibration_error(sigmoid(judged.margin), judged.is_true, bins),
        calibration_error(probability, judged.is_true, bins),
        float((by_all == judged.is_true).mean()),
        float((by_relation == judged.is_true).mean()),
    )


HOLDS: Shape = {
    "scale": float,
    "offset": float,
    "threshold": float,
    "thresholds": {...: float},
    "better": str,
    "dev": {"true": int, "false": int, "drawn": int},
}
"""What ``calibration.json`` says at least."""


@dataclass(frozen=True)
class Calibration:
    """How the margins of a run are to be read.

    ``thresholds`` are those of relations, by name; ``better`` says whether they or the one for all
    did better on dev. ``dev`` tells what it was fitted on: how many true and false triples, how
    many of these were drawn, and what was measured.
    """

    platt: Platt
    threshold: float
    thresholds: Mapping[str, float]
    better: Choice
    dev: Mapping[str, Any]

    @classmethod
    def fit(cls, judged: DevMargins, relations: Sequence[str], *, drawn: int) -> "Calibration":
        """Fit all of it; of the false triples so many were ``drawn``."""
        enough = relations_with_enough(judged)
        thresholds, measured = Thresholds.fit(judged, enough), cross_fitted(judged, enough)
        true = int(judged.is_true.sum())
        return cls(
            Platt.fit(judged),
            thresholds.all,
            {relations[i]: threshold for i, threshold in thresholds.by_relation.items()},
            "relation" if measured.accuracy_relation > measured.accuracy_global else "global",
            {"true": true, "false": len(judged.margin) - true, "drawn": drawn, **measured._asdict()},
        )

    @property
    def prior(self) -> float:
        """The share of true triples it was fitted on."""
        true, false = self.dev["true"], self.dev["false"]
        return float(true / (true + false))

    def shift(self, prior: float | None) -> float:
        """What is added to logits where so large a share of the triples in question is true."""
        return 0.0 if prior is None else float(logit(prior) - logit(self.prior))

    def probability(self, margin: npt.NDArray[np.floating], *, prior: float | None = None) -> Floats:
        """How likely each triple is."""
        return np.asarray(sigmoid(self.platt.logits(margin) + self.shift(prior)), np.float64)

    def is_true(
        self,
        margin: npt.NDArray[np.floating],
        relations: Sequence[str],
        *,
        choice: Choice | None = None,
        prior: float | None = None,
    ) -> Bools:
        """Whether each triple is held for true; another prior moves thresholds as it moves probabilities."""
        threshold = np.full(len(margin), self.threshold)
        if (choice or self.better) == "relation":
            threshold = np.fromiter((self.thresholds.get(name, self.threshold) for name in relations), np.float64)
        above = np.asarray(margin, np.float64) - threshold
        shift = self.shift(prior)
        return np.asarray((self.platt.scale * above + shift if shift else above) >= 0)

    def ratio(self, prior: float | None = None) -> str:
        """Of how many triples one is true, where a probability and a threshold are right.

        >>> Calibration(Platt(1.0, 0.0), 0.0, {}, "global", {"true": 10, "false": 50}).ratio(0.5)
        '1 triple in 2 is true (in dev 1 in 6)'
        """
        of_dev = f"1 in {_few_digits(1 / self.prior)}"
        if prior is None:
            return f"{of_dev.replace(' in', ' triple in')} is true, as in dev"
        return f"1 triple in {_few_digits(1 / prior)} is true (in dev {of_dev})"

    def begins(self, choice: Choice | None = None) -> float | None:
        """The probability from which on a triple is held for true; None where relations have their own.

        It is the same with any prior, which moves probabilities and thresholds alike.
        """
        if (choice or self.better) == "relation" and self.thresholds:
            return None
        return float(self.probability(np.array([self.threshold]))[0])

    def as_dict(self) -> dict[str, Any]:
        """It as JSON values."""
        return {
            **self.platt._asdict(),
            "threshold": self.threshold,
            "thresholds": dict(self.thresholds),
            "better": self.better,
            "dev": dict(self.dev),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Calibration":
        """It of JSON values."""
        platt = Platt(values["scale"], values["offset"])
        return cls(platt, values["threshold"], values["thresholds"], values["better"], values["dev"])


def _few_digits(number: float) -> str:
    """A number with three digits that count, and no power of ten."""
    return f"{float(f'{number:.3g}'):,.12g}"
