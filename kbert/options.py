"""Checks of options that models share."""

from graphs.options import check_range
from kbert.backbone import Template


def check_room(max_pieces: int, template: Template) -> None:
    """Raise :class:`OptionsError` if the special pieces around a text leave no room for a piece of it."""
    check_range("max_pieces", max_pieces, len(template.before) + len(template.after) + 1)
