"""What stands in a fourth column or beside a name: truth labels, weights, priors."""

from graphs.errors import OnBad
from graphs.formats._rows import Rows
from graphs.triples import LARGEST, WEIGHT

LABELS = {b"1": 1, b"-1": -1, b"0": -1}
LABEL = "the label 1 (true), -1 or 0 (false)"
"""What is expected of a label, for messages."""


def weight_of(field: str | bytes) -> float | None:
    """A weight between −10³⁰ and 10³⁰, or None if the field holds no such number."""
    try:
        value = float(field)
    except ValueError:
        return None
    return value if abs(value) <= LARGEST else None


def prior_of(field: str | bytes | float) -> float | None:
    """A prior between 10⁻³⁰ and 10³⁰, or None if the field holds no such number."""
    try:
        value = float(field)
    except (ValueError, OverflowError):
        return None
    return value if 1 / LARGEST <= value <= LARGEST else None


def labels(rows: Rows, column: int, *, bad: OnBad) -> tuple[Rows, list[int]]:
    """The rows whose ``column`` holds 1, −1 or 0, and these labels (1, −1); each other row is handed to ``bad``."""
    return rows.parsed(column, LABELS.get, LABEL, bad=bad)


def weights(rows: Rows, column: int, *, bad: OnBad) -> tuple[Rows, list[float]]:
    """The rows whose ``column`` holds a weight, and these weights; each other row is handed to ``bad``."""
    return rows.parsed(column, weight_of, WEIGHT, bad=bad)
