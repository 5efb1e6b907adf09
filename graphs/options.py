"""Checks of options, for parts and whoever calls them."""

import math
from collections.abc import Sequence

from graphs.errors import OptionsError

LARGEST_SEED = 2**31 - 1


def check_share(name: str, value: float) -> None:
    """Raise :class:`OptionsError` for a share that is none or all."""
    if not 0 < value < 1:
        raise OptionsError(f"{name}: expected more than 0 and less than 1, found {value}")


def check_range(name: str, value: float, least: float, below: float = math.inf, *, most: float = math.inf) -> None:
    """Raise :class:`OptionsError` unless ``least <= value < below`` and ``value <= most``."""
    if not (least <= value < below and value <= most):
        bounds = f"at least {least}" + (f" and less than {below}" if below < math.inf else "")
        bounds += f" and at most {most}" if most < math.inf else ""
        raise OptionsError(f"{name}: expected {bounds}, found {value}")


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raise :class:`OptionsError` unless ``value`` is one of ``choices``."""
    if value not in choices:
        raise OptionsError(f"{name}: expected {', '.join(choices[:-1])} or {choices[-1]}, found {value!r}")
