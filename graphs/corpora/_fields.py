"""What the readers of corpora share: numbers in cells, the user's column names."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from graphs.errors import DataError, OptionsError, did_you_mean, shown

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def check_columns(columns: Mapping[str, str], fields: Sequence[str], form: str) -> None:
    """Refuse names of fields that a format does not have."""
    for field in columns:
        if field not in fields:
            known = f"there are: {', '.join(fields)}" if fields else "it has none"
            raise OptionsError(f"columns: {form} has no field {field!r}{did_you_mean(field, fields)}; {known}")


def number(path: str | Path, line: int, cell: str) -> float:
    """A finite decimal number from a cell."""
    value = float(cell) if _NUMBER.fullmatch(cell) else math.nan
    if not math.isfinite(value):
        raise DataError(path, line, "a finite number", shown(cell))
    return value


def matched_tags(path: str | Path, line: int, tags: Sequence[str], tokens: Sequence[object]) -> tuple[str, ...]:
    """Tags, one for each token."""
    if len(tags) != len(tokens):
        raise DataError(path, line, f"as many tags as tokens ({len(tokens)})", f"{len(tags)}")
    if not all(map(str.strip, tags)):
        raise DataError(path, line, "a tag for each token", "an empty one")
    return tuple(tags)
