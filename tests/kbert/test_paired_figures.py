"""Figures of systems on the same users."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from kbert.paired_figures import Figure, figures_of, verdict


def drawn(seed, mean, users=200):
    return np.random.default_rng(seed).normal(mean, 1, users)


def test_figures_by_hand():
    gained = [{"m": drawn(seed, mean)} for seed, mean in ((0, 0.0), (1, 0.5), (2, 0.7))]
    one, two = figures_of(gained, [[0], [1, 2]], 0)["m"]
    assert one.values == [pytest.approx(gained[0]["m"].mean())]
    assert (one.deviation, one.difference, one.difference_low, one.difference_high) == (None, None, None, None)
    means = [some["m"].mean() for some in gained[1:]]
    assert two.mean == pytest.approx(np.mean(means))
    assert two.deviation == pytest.approx(np.std(means, ddof=1))
    assert two.difference == pytest.approx(two.mean - one.mean)
    assert two.difference_low < two.difference < two.difference_high


def test_the_interval_of_one_run_is_that_of_scipy():
    values = drawn(3, 0.2)
    (figure,) = figures_of([{"m": values}], [[0]], 0)["m"]
    found = bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(1))
    assert (figure.low, figure.high) == pytest.approx(tuple(found.confidence_interval), abs=0.02)


def test_metrics_may_be_of_other_users():
    """An attribute is not known of everybody."""
    gained = [{"a": drawn(0, 0.0), "b": drawn(1, 0.0, 50)}, {"a": drawn(0, 0.0), "b": drawn(1, 0.0, 50) + 1}]
    figures = figures_of(gained, [[0], [1]], 0)
    assert figures["a"][1].difference == 0.0
    assert figures["b"][1].difference_low == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("low", "high", "errors", "told"),
    [
        (0.1, 0.2, False, "it: better than first in m."),
        (0.1, 0.2, True, "it: worse than first in m."),
        (-0.2, -0.1, False, "it: worse than first in m."),
        (-0.2, -0.1, True, "it: better than first in m."),
        (-0.1, 0.1, True, "it: no difference from first in m that chance could not make."),
        (0.0, 0.1, False, "it: no difference from first in m that chance could not make."),
    ],
)
def test_what_may_be_said(low, high, errors, told):
    assert verdict("it", Figure([1.0], 1.0, None, 0, 2, 0.1, low, high), "first", "m", errors=errors) == told
