"""Checks of options that models share."""

from graphs.options import check_range
from kbert.backbone import Template


def check_room(max_pieces: int, template: Template) -> None:
    """Raise :class:`OptionsError` if the special pieces around a text and its spans leave no room for a piece of it."""
    special = len(template.before) + len(template.after) + 2 * len(template.markers)
    check_range("max_pieces", max_pieces, special + 1)
