"""What stands in a fourth column or beside a name: truth labels, weights, priors."""

import math

from graphs.errors import OnBad
from graphs.formats._rows import Rows

LABELS = {b"1": 1, b"-1": -1}
LARGEST = 1e30
"""Weights and priors stay within what a 32-bit number holds."""


def weight_of(field: str | bytes) -> float | None:
    """A weight between −10³⁰ and 10³⁰, or None if the field holds no such number."""
    try:
        value = float(field)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= LARGEST else None


def prior_of(field: str | bytes | float) -> float | None:
    """A prior between 10⁻³⁰ and 10³⁰, or None if the field holds no such number."""
    try:
        value = float(field)
    except (ValueError, OverflowError):
        return None
    return value if 1 / LARGEST <= value <= LARGEST else None


def labels(rows: Rows, column: int, *, bad: OnBad) -> tuple[Rows, list[int]]:
    """The rows whose ``column`` holds 1 or −1, and these labels; each other row is handed to ``bad``."""
    return rows.parsed(column, LABELS.get, "the label 1 or -1", bad=bad)


def weights(rows: Rows, column: int, *, bad: OnBad) -> tuple[Rows, list[float]]:
    """The rows whose ``column`` holds a weight, and these weights; each other row is handed to ``bad``."""
    return rows.parsed(column, weight_of, "a weight (a number)", bad=bad)
