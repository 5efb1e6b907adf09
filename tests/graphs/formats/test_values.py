"""Labels, weights and priors as fields of files."""

import math

import pytest

from graphs.formats._values import LABELS, prior_of, weight_of


@pytest.mark.parametrize(("field", "weight"), [(b"0.5", 0.5), (b" -3 ", -3.0), ("1e30", 1e30), (b"0", 0.0)])
def test_weights(field: str | bytes, weight: float) -> None:
    assert weight_of(field) == weight


@pytest.mark.parametrize("field", [b"", b"much", "1,5", "nan", b"inf", "-1e31", b"\xff"])
def test_what_is_no_weight(field: str | bytes) -> None:
    assert weight_of(field) is None


@pytest.mark.parametrize(("field", "prior"), [(b"0.25", 0.25), (12, 12.0), ("1e-30", 1e-30)])
def test_priors(field: str | bytes | float, prior: float) -> None:
    assert prior_of(field) == prior


@pytest.mark.parametrize("field", ["0", b"-1", "1e-31", math.nan, math.inf, 10**400, "often"])
def test_what_is_no_prior(field: str | bytes | float) -> None:
    assert prior_of(field) is None


def test_a_zero_is_a_false_triple() -> None:
    assert LABELS == {b"1": 1, b"-1": -1, b"0": -1}
