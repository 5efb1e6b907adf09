"""Some of the examples of a file: a split that is always the same."""

import re

from graphs.errors import OptionsError

_SLICE = re.compile(r"(-?\d+)?:(-?\d+)?", re.ASCII)


def wanted(examples: str) -> slice:
    """Which examples to take. Raises :class:`OptionsError` for what is no ``FIRST:END``."""
    match = _SLICE.fullmatch(examples)
    if match is None:
        raise OptionsError(f"examples: expected FIRST:END, such as 0:500 or -100:, found {examples!r}")
    first, end = (None if part is None else int(part) for part in match.groups())
    return slice(first, end)
