"""Vocabularies of pieces as BERT's first programs have them: ``vocab.txt``, a piece a line, numbered from 0."""

from pathlib import Path

from graphs.errors import DataError, shown
from graphs.lines import lines


def read_vocabulary(path: str | Path) -> dict[str, int]:
    """The number of each piece. Raises :class:`DataError` with the line for a piece that comes twice."""
    found: dict[str, int] = {}
    for number, piece in lines(path):
        if piece in found:
            raise DataError(path, number, "every piece once", f"{shown(piece)} as in line {found[piece] + 1}")
        found[piece] = number - 1
    return found


def has_capitals(vocabulary: dict[str, int]) -> bool:
    """Whether any piece but the special ones is written with a capital: whether case is kept when texts are cut."""
    return any(piece != piece.lower() for piece in vocabulary if not (piece.startswith("[") and piece.endswith("]")))
