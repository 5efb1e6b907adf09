"""The calibration of a run: what is fitted, what is said of it, and how it is used."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from kbert.triples.calibration import Calibration, cross_fitted
from kbert.triples.platt import DevMargins, Platt, calibration_error
from kbert.triples.thresholds import Thresholds, relations_with_enough

RELATIONS = ["is", "city", "rare"]


def judged(count: int = 4000, *, seed: int = 0, own: float = 0.0) -> DevMargins:
    """Margins whose zero lies elsewhere for each relation by ``own``."""
    generator = np.random.default_rng(seed)
    is_true, half = generator.random(count) < 0.25, generator.random(count) < 0.5
    relation = generator.choice(3, size=count, p=[0.5, 0.49, 0.01])
    return DevMargins(5 * (generator.normal(size=count) + 2 * is_true + own * relation), is_true, relation, half)


def test_cross_fitted_as_done_by_hand() -> None:
    data, expected, said = judged(own=1.0), [], []
    enough = relations_with_enough(data)
    assert enough == [0, 1]
    for side in (True, False):
        learnt, asked = data.where(data.half != side), data.where(data.half == side)
        platt, thresholds = Platt.fit(learnt), Thresholds.fit(learnt, enough)
        for margin, is_true, relation, _ in zip(*asked, strict=True):
            expected.append((expit(platt.scale * margin + platt.offset), is_true))
            own = thresholds.by_relation.get(int(relation), thresholds.all)
            said.append(((margin >= thresholds.all) == is_true, (margin >= own) == is_true))
    found = cross_fitted(data, enough)
    assert found.error_after == pytest.approx(calibration_error(*map(np.array, zip(*expected, strict=True)), 15))
    assert found.error_before == pytest.approx(calibration_error(expit(data.margin), data.is_true, 15))
    assert (found.accuracy_global, found.accuracy_relation) == pytest.approx(np.mean(said, axis=0))
    assert found.bins == 15
    assert found.error_after < 0.03 < found.error_before


def test_what_is_fitted_and_kept() -> None:
    data = judged(own=1.0)
    found = Calibration.fit(data, RELATIONS, drawn=7)
    assert found.platt == Platt.fit(data)
    assert set(found.thresholds) == {"is", "city"}
    assert found.better == "relation"
    assert found.dev["drawn"] == 7
    assert found.prior == pytest.approx(data.is_true.mean())
    assert Calibration.from_dict(found.as_dict()) == found
    assert Calibration.fit(judged(), RELATIONS, drawn=0).better == "global"  # where relations do not differ


def calibration(scale: float = 2.0) -> Calibration:
    return Calibration(Platt(scale, -1.0), 0.5, {"is": 1.0}, "relation", {"true": 1, "false": 4})


def test_probabilities_and_another_prior() -> None:
    """Odds are those on dev times how much likelier a true triple has become (Bayes)."""
    margin = np.array([-3, 0, 2], np.float32)
    own = calibration().probability(margin)
    np.testing.assert_allclose(own, expit(2 * margin.astype(np.float64) - 1))
    np.testing.assert_allclose(calibration().probability(margin, prior=0.2), own)
    shifted = calibration().probability(margin, prior=0.5)
    np.testing.assert_allclose(shifted / (1 - shifted), own / (1 - own) * 4)


def test_the_ratio_of_true_triples_is_told() -> None:
    assert calibration().ratio() == "1 triple in 5 is true, as in dev"
    assert calibration().ratio(0.0001234) == "1 triple in 8,100 is true (in dev 1 in 5)"
    assert calibration().ratio(0.7) == "1 triple in 1.43 is true (in dev 1 in 5)"


def test_a_prior_is_met_where_the_fit_is_right() -> None:
    """Of triples drawn with another share of true ones, probabilities with that prior are calibrated."""
    fitted = Calibration.fit(judged(20_000), RELATIONS, drawn=0)
    generator = np.random.default_rng(1)
    is_true = generator.random(20_000) < 0.7
    margin = 5 * (generator.normal(size=20_000) + 2 * is_true)
    assert calibration_error(fitted.probability(margin, prior=0.7), is_true, 15) < 0.02
    assert calibration_error(fitted.probability(margin), is_true, 15) > 0.1


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("global", [False, True, True]), ("relation", [False, False, True]), (None, [False, False, True])],
)
def test_what_is_held_for_true(choice: object, expected: list[bool]) -> None:
    margin, relations = np.array([0.4, 0.5, 0.5], np.float32), ["city", "is", "never seen"]
    found = calibration().is_true(margin, relations, choice=choice)  # type: ignore[arg-type]
    assert found.tolist() == expected


def test_another_prior_moves_thresholds() -> None:
    """By as much in margin as it moves probabilities: four times the odds at the scale 2."""
    edge = 0.5 - np.log(4) / 2
    margin = np.array([edge - 1e-6, edge + 1e-6])
    assert calibration().is_true(margin, ["city"] * 2, prior=0.5).tolist() == [False, True]
    assert calibration(0.0).is_true(margin, ["city"] * 2, prior=0.5).tolist() == [True, True]
    assert calibration(0.0).is_true(margin, ["city"] * 2).tolist() == [False, False]


def test_where_true_begins() -> None:
    """At the probability of the threshold, whatever the prior; not where each relation has a threshold."""
    assert calibration().begins() is None
    begins = calibration().begins("global")
    assert replace(calibration(), thresholds={}).begins("relation") == begins
    assert begins == pytest.approx(expit(2 * 0.5 - 1))
    for prior in (None, 0.1, 0.7):
        margins = np.linspace(-3, 3, 1001)
        held = calibration().is_true(margins, ["is"] * 1001, choice="global", prior=prior)
        np.testing.assert_array_equal(held, calibration().probability(margins, prior=prior) >= begins - 1e-12)
