"""The interval against brute force."""

import numpy as np
import pytest

from kbert.bootstrap import bootstrap


def brute_force(right, groups, samples, seed):
    """Accuracies of systems over resampled texts and seeds, one draw at a time."""
    rng = np.random.default_rng(seed)
    texts = len(right[0])
    rows = []
    for _ in range(samples):
        drawn = rng.integers(texts, size=texts)
        rows.append([np.mean([right[j][drawn].mean() for j in rng.choice(group, len(group))]) for group in groups])
    return np.array(rows).T


@pytest.mark.parametrize("groups", [[[0], [1]], [[0, 1], [2, 3, 4]]])
def test_the_interval_is_that_of_a_paired_bootstrap(groups):
    rng = np.random.default_rng(3)
    texts, runs = 80, sum(map(len, groups))
    hard = rng.random(texts)
    right = [(hard < rng.uniform(0.3, 0.9)).astype(float) for _ in range(runs)]
    counts = [row[:, None] for row in right]
    found = bootstrap(counts, groups, lambda total: float(total[0] / texts), np.random.default_rng(0))
    expected = brute_force(right, groups, 6_000, seed=1)
    assert found.shape == (2, 2_000)
    np.testing.assert_allclose(found.mean(1), expected.mean(1), atol=0.01)
    np.testing.assert_allclose(np.corrcoef(found)[0, 1], np.corrcoef(expected)[0, 1], atol=0.06)
    for quantile in (0.025, 0.5, 0.975):
        ends = [np.quantile(samples[1] - samples[0], quantile) for samples in (found, expected)]
        assert ends[0] == pytest.approx(ends[1], abs=0.02)


def test_samples_of_very_many_texts_are_taken_few_at_a_time(monkeypatch):
    """As many in all, drawn in the same way: the last few are fewer."""
    right = np.random.default_rng(0).random((2, 30)) < 0.5
    counts = [row.astype(float)[:, None] for row in right]

    def metric(total):
        return float(total[0] / 30)

    whole = bootstrap(counts, [[0], [1]], metric, np.random.default_rng(0))
    monkeypatch.setattr("kbert.bootstrap.WEIGHTS", 30 * 7)
    few = bootstrap(counts, [[0], [1]], metric, np.random.default_rng(0))
    monkeypatch.setattr("kbert.bootstrap.WEIGHTS", 1)
    single = bootstrap(counts, [[0], [1]], metric, np.random.default_rng(0))
    for found in (few, single):
        assert found.shape == whole.shape == (2, 2_000)
        np.testing.assert_allclose(found.mean(1), whole.mean(1), atol=0.01)
        np.testing.assert_allclose(np.quantile(found, 0.9, axis=1), np.quantile(whole, 0.9, axis=1), atol=0.04)
