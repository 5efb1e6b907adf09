"""Probabilities of margins, against another library, an optimiser, and counting by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.calibration import _SigmoidCalibration

from kbert.triples.platt import DevMargins, Floats, Platt, bins_for, calibration_error


def judged(margin: Floats, is_true: np.ndarray) -> DevMargins:
    return DevMargins(margin, is_true, np.zeros(len(margin), np.int64), np.arange(len(margin)) % 2 == 0)


def some(count: int = 500, *, seed: int = 0, apart: float = 2.0, scale: float = 3.0) -> DevMargins:
    generator = np.random.default_rng(seed)
    is_true = generator.random(count) < 0.2
    return judged(scale * (generator.normal(size=count) + apart * is_true - 4), is_true)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("apart", "scale"), [(2, 3), (0.5, 0.01), (30, 1), (1, 1000)])
def test_as_scikit_learn_fits_it(seed: int, apart: float, scale: float) -> None:
    data = some(seed=seed, apart=apart, scale=scale)
    oracle = _SigmoidCalibration().fit(data.margin / scale, data.is_true)
    found = Platt.fit(data)
    assert found.scale * scale == pytest.approx(-oracle.a_, rel=1e-3)
    assert found.offset == pytest.approx(-oracle.b_, rel=1e-3)


def test_as_an_optimiser_finds_it() -> None:
    data = some()
    true, false = data.is_true.sum(), (~data.is_true).sum()
    target = np.where(data.is_true, (true + 1) / (true + 2), 1 / (false + 2))

    def loss(pair: Floats) -> float:
        logits = pair[0] * data.margin + pair[1]
        return float((np.logaddexp(0, logits) - target * logits).sum())

    found = Platt.fit(data)
    best = minimize(loss, (0.1, 0.0), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000})
    assert loss(np.array(found)) <= best.fun + 1e-9
    np.testing.assert_allclose(found, best.x, rtol=1e-5)
    np.testing.assert_allclose(found.logits(np.array([1.0], np.float32)), found.scale + found.offset)


def test_it_takes_the_unit_of_margins_away() -> None:
    """A model with a hundredth of the margins, and another zero, has the same probabilities."""
    data = some()
    other = data._replace(margin=data.margin / 100 + 7)
    np.testing.assert_allclose(Platt.fit(data).logits(data.margin), Platt.fit(other).logits(other.margin), atol=1e-6)


def test_triples_that_are_wholly_told_apart_have_finite_probabilities() -> None:
    data = judged(np.array([-1.0] * 30 + [1.0] * 10), np.repeat([False, True], (30, 10)))
    np.testing.assert_allclose(expit(Platt.fit(data).logits(np.array([-1.0, 1.0]))), [1 / 32, 11 / 12], rtol=1e-5)


@pytest.mark.parametrize("margin", [np.zeros(40), -np.arange(40.0)], ids=["constant", "the wrong way round"])
def test_margins_that_say_nothing(margin: Floats) -> None:
    found = Platt.fit(judged(margin, np.repeat([False, True], (30, 10))))
    assert found.scale == 0
    assert expit(found.offset) == pytest.approx((10 * 11 / 12 + 30 * 1 / 32) / 40)


def by_hand(probability: list[float], is_true: list[bool], bins: int) -> float:
    """Bins as lists: a new one begins at the first of each run of equally many, equal values staying together."""
    ordered = sorted(probability)
    edges = [ordered[len(ordered) * i // bins] for i in range(1, bins)]
    error = 0.0
    for i in range(bins):
        low, high = edges[i - 1] if i else -1.0, edges[i] if i < bins - 1 else 2.0
        own = [(p, t) for p, t in zip(probability, is_true, strict=True) if low <= p < high]
        if own:
            mean, share = sum(p for p, _ in own) / len(own), sum(t for _, t in own) / len(own)
            error += len(own) / len(ordered) * abs(mean - share)
    return error


SHARE = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]) | st.floats(0, 1)
CASES = st.lists(st.tuples(SHARE, st.booleans()), min_size=1)


@given(CASES, st.integers(1, 20), st.randoms())
def test_the_calibration_error_as_counted_by_hand(cases: list[tuple[float, bool]], bins: int, random: object) -> None:
    probability, is_true = (list(column) for column in zip(*cases, strict=True))
    found = calibration_error(np.array(probability), np.array(is_true), bins)
    assert found == pytest.approx(by_hand(probability, is_true, bins), abs=1e-9)
    random.shuffle(cases)  # type: ignore[attr-defined]
    mixed, kinds = zip(*cases, strict=True)
    assert calibration_error(np.array(mixed), np.array(kinds), bins) == pytest.approx(found, abs=1e-9)


def test_bins_hold_enough() -> None:
    assert [bins_for(triples) for triples in (1, 39, 40, 299, 300, 10**6)] == [1, 1, 2, 14, 15, 15]


def test_worked_calibration_errors() -> None:
    constant = np.full(40, 0.25)
    assert calibration_error(constant, np.repeat([True, False], (10, 30)), 15) == 0
    assert calibration_error(constant, np.ones(40, dtype=bool), 15) == 0.75
    halves = np.repeat([0.2, 0.9], 10)
    assert calibration_error(halves, np.repeat([False, True], 10), 2) == pytest.approx((0.2 + 0.1) / 2)
