"""Checks of options that models and tasks share."""

import math

from graphs.errors import OptionsError
from kbert.backbone import Template


def check_range(name: str, value: float, least: float, below: float = math.inf) -> None:
    """Raise :class:`OptionsError` unless ``least <= value < below``."""
    if not least <= value < below:
        bounds = f"at least {least}" + (f" and less than {below}" if below < math.inf else "")
        raise OptionsError(f"{name}: expected {bounds}, found {value}")


def check_room(max_pieces: int, template: Template) -> None:
    """Raise :class:`OptionsError` if the special pieces around a text leave no room for a piece of it."""
    check_range("max_pieces", max_pieces, len(template.before) + len(template.after) + 1)
