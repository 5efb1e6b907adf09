"""Formats that are a folder of files with fixed names, each plain or compressed."""

from pathlib import Path

from graphs.errors import DataError
from graphs.lines import OPENERS


def member(folder: str | Path, name: str) -> Path | None:
    """The file of that name in a folder, plain or compressed; None if there is none."""
    return next((file for ending in ("", *OPENERS) if (file := Path(folder, name + ending)).is_file()), None)


def required(folder: str | Path, *names: str) -> Path:
    """The first of these files that a folder has. Raises :class:`DataError` if it has none of them."""
    found = next((file for name in names if (file := member(folder, name))), None)
    if found is None:
        there = "a folder without" if Path(folder).is_dir() else "a file" if Path(folder).exists() else "nothing there"
        raise DataError(folder, None, f"a folder with {' or '.join(names)}", there)
    return found
