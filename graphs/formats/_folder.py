"""Formats that are a folder of files with fixed names, each plain or compressed."""

from pathlib import Path

from graphs.errors import DataError
from graphs.lines import member


def required(folder: str | Path, *names: str) -> Path:
    """The first of these files that a folder has. Raises :class:`DataError` if it has none of them."""
    found = next((file for name in names if (file := member(folder, name))), None)
    if found is None:
        there = "a folder without" if Path(folder).is_dir() else "a file" if Path(folder).exists() else "nothing there"
        raise DataError(folder, None, f"a folder with {' or '.join(names)}", there)
    return found
