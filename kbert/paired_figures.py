"""Figures of systems on the same users, each the mean of what every user adds to it, with what chance could do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from kbert.bootstrap import bootstrap, interval
from kbert.metrics import Counts

Gains = npt.NDArray[np.float64]
"""What each user adds to a metric, which is the mean of it."""


@dataclass(frozen=True)
class Figure:
    """A metric of a system."""

    values: list[float]
    """That of each seed."""
    mean: float
    deviation: float | None
    """Sample standard deviation over seeds; None for one."""
    low: float
    high: float
    """Ends of the 95 % interval of the mean, from a bootstrap over users and seeds."""
    difference: float | None = None
    """Mean less that of the first system; None, as what follows, for that one."""
    difference_low: float | None = None
    difference_high: float | None = None
    """Ends of the 95 % interval of the difference, from a paired bootstrap over users and seeds."""


def figures_of(
    gained: Sequence[Mapping[str, Gains]], groups: Sequence[Sequence[int]], seed: int
) -> dict[str, list[Figure]]:
    """By metric, the figure of each group of runs, given by metric what users add to that of each run.

    Users are drawn anew for each metric with the same ``seed``: metrics of the same users have the same samples.
    """
    figures: dict[str, list[Figure]] = {}
    for metric in gained[0]:
        counts, users = [one[metric][:, None] for one in gained], len(gained[0][metric])
        samples = bootstrap(counts, groups, partial(_mean, users), np.random.default_rng(seed))
        values = [[float(counts[j].mean()) for j in members] for members in groups]
        figures[metric] = []
        for i, own in enumerate(values):
            difference: tuple[float | None, ...] = (None, None, None)
            if i:
                difference = (float(np.mean(own) - np.mean(values[0])), *interval(samples[i] - samples[0]))
            deviation = float(np.std(own, ddof=1)) if len(own) > 1 else None
            figures[metric].append(Figure(own, float(np.mean(own)), deviation, *interval(samples[i]), *difference))
    return figures


def _mean(users: int, total: Counts) -> float:
    return float(total[0] / users)


def verdict(name: str, figure: Figure, baseline: str, metric: str, *, errors: bool = False) -> str:
    """What a figure says of a system beside the first one; ``errors``: the less the better."""
    assert figure.difference_low is not None
    assert figure.difference_high is not None
    if figure.difference_low <= 0 <= figure.difference_high:
        return f"{name}: no difference from {baseline} in {metric} that chance could not make."
    return f"{name}: {'better' if (figure.difference_low > 0) != errors else 'worse'} than {baseline} in {metric}."
