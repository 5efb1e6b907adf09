"""What commands that read facts have in common: how the format of a source is named or told."""

from pathlib import Path

from cli.options import named_format
from cli.parts import Slot


def format_of(source: str | Path) -> str:
    """The format that the name of a file, or the files in a folder, tell. Raises ``DataError`` if they tell none."""
    from graphs.reading import guess_format

    return guess_format(source)


FORMAT = Slot("format", "graphs.formats", "read", skip=("bad",), files="sources", guess=format_of)

FORMAT_OPTION = named_format("Format of the sources (kbert list formats); else guessed from their names.")
