"""What commands that read facts have in common: how the format of a source is told."""

from collections.abc import Sequence
from pathlib import Path

from cli.parts import Slot


def format_of(source: str | Path) -> str:
    """The format that the name of a file, or the files in a folder, tell. Raises ``DataError`` if they tell none."""
    from graphs.importing import guess_format

    return guess_format(source)


def _guess_formats(sources: Sequence[str]) -> list[str]:
    """The formats of sources, each once; what tells none is left to the reader to refuse."""
    from graphs.errors import DataError

    found: dict[str, None] = {}
    for source in sources:
        try:
            found[format_of(source)] = None
        except DataError:
            continue
    return list(found)


FORMAT = Slot("format", "graphs.formats", "read", skip=("bad",), files="sources", guess=_guess_formats)
