"""Rows of comma-separated values, quoted as spreadsheets do."""

import csv
from collections.abc import Iterator
from pathlib import Path

from graphs.errors import DataError, OnBad, OptionsError, shown
from graphs.lines import MAX_LINE, lines

Row = tuple[int, list[str]]
"""The number of a row's first line, and its cells."""


class _Lines:
    """The lines of a file for the csv module, which asks for as many as a row has.

    ``first`` is the number of the row's first line, 0 when none is read; ``whole`` tells that no
    line after it was bad.
    """

    def __init__(self, path: str | Path, bad: OnBad) -> None:
        self._bad = bad
        self._lines = lines(path, bad=self._note)
        self.begin()

    def begin(self) -> None:
        """Start a new row."""
        self.first, self.whole = 0, True

    def _note(self, error: DataError) -> None:
        self._bad(error)
        self.whole = self.first == 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        number, line = next(self._lines)
        self.first = self.first or number
        return line + "\n"


def csv_rows(path: str | Path, delimiter: str, bad: OnBad) -> Iterator[Row]:
    """The rows that are whole, each with the number of its first line.

    Raises :class:`OptionsError` for a delimiter that is none.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise OptionsError(f"delimiter: expected one character, not a quotation mark, found {shown(delimiter)}")
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))
    source = _Lines(path, bad)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        source.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            bad(DataError(path, source.first, "a row of CSV (quotation marks in a quoted cell doubled)", str(error)))
            continue
        if source.whole:
            yield source.first, cells
