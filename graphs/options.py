"""Checks of options, for parts and whoever calls them."""

import math

from graphs.errors import OptionsError


def check_range(name: str, value: float, least: float, below: float = math.inf) -> None:
    """Raise :class:`OptionsError` unless ``least <= value < below``."""
    if not least <= value < below:
        bounds = f"at least {least}" + (f" and less than {below}" if below < math.inf else "")
        raise OptionsError(f"{name}: expected {bounds}, found {value}")
