"""Intervals by a paired bootstrap over texts and seeds."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from kbert.metrics import Counts

SAMPLES = 2_000
CHUNK = 200
"""Bootstrap samples taken at once, at most."""
WEIGHTS = 2**24
"""Texts of samples that are held at once: bounds the memory."""

Samples = npt.NDArray[np.float64]
"""The metric in each bootstrap sample."""


def bootstrap(
    counts: Sequence[Counts],
    groups: Sequence[Sequence[int]],
    metric: Callable[[Counts], float],
    rng: np.random.Generator,
) -> Samples:
    """The metric of each system in each sample, ``[systems, samples]``.

    ``counts`` are those of each run, ``groups`` the runs of each system. A sample draws texts with
    replacement, the same for all systems, and for each system seeds with replacement; the metric is
    the mean over the seeds drawn.
    """
    texts = len(counts[0])
    found = []
    most = max(1, min(CHUNK, WEIGHTS // texts))
    for start in range(0, SAMPLES, most):
        size = min(most, SAMPLES - start)
        weights = rng.multinomial(texts, np.full(texts, 1 / texts), size=size).astype(np.float64)
        by_run = [np.array([metric(total) for total in weights @ count]) for count in counts]
        chunk = []
        for members in groups:
            drawn = rng.integers(len(members), size=(size, len(members)))
            values = np.stack([by_run[j] for j in members], axis=1)
            chunk.append(np.take_along_axis(values, drawn, axis=1).mean(1))
        found.append(np.stack(chunk))
    return np.concatenate(found, axis=1)


def interval(differences: Samples) -> tuple[float, float]:
    """The ends between which 95 % of the samples lie."""
    low, high = np.quantile(differences, (0.025, 0.975))
    return float(low), float(high)
