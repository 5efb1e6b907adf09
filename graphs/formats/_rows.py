"""Tab-separated lines, cut into columns a block at a time.

A block whose lines are all well formed is cut as a whole; any other is read line by line, so
that every bad line is reported with its number and the good ones around it are kept.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import TypeVar

import numpy as np

from graphs.errors import DataError, OnBad, shown
from graphs.lines import blocks, columns, text_of

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Rows:
    """Lines cut into columns: the number of each line, and the fields of each column as UTF-8."""

    path: str | Path
    numbers: Sequence[int]
    columns: list[list[bytes]]
    names: tuple[str, ...] = ()
    """What the columns are called, where a header says so."""

    def parsed(
        self, column: int, parse: Callable[[bytes], T | None], expected: str, *, bad: OnBad
    ) -> tuple["Rows", list[T]]:
        """The rows whose field in ``column`` parses, and the values; each other row is handed to ``bad``."""
        values = list(map(parse, self.columns[column]))
        for number, field, value in zip(self.numbers, self.columns[column], values, strict=True):
            if value is None:
                bad(DataError(self.path, number, expected, shown(field.decode())))
        good = [value for value in values if value is not None]
        if len(good) == len(values):
            return self, good
        mask = [value is not None for value in values]
        kept = [list(compress(fields, mask)) for fields in self.columns]
        return Rows(self.path, list(compress(self.numbers, mask)), kept, self.names), good


@dataclass(frozen=True)
class _Form:
    """How many columns a line may have, and what they hold; by a ``header`` those at ``places`` are taken alone.

    Of these the last, as many as ``optional`` says, may be empty.
    """

    counts: tuple[int, ...]
    shown: str
    header: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    optional: int = 0

    def taken(self, columns: Sequence[T]) -> list[T]:
        """The columns that are taken, of all columns."""
        return [columns[place] for place in self.places] if self.header else list(columns)

    def needed(self, columns: Sequence[T]) -> list[T]:
        """Those of them that must not be empty."""
        taken = self.taken(columns)
        return taken[: len(taken) - self.optional]


def rows(
    path: str | Path,
    counts: tuple[int, ...],
    names: str,
    *,
    bad: OnBad,
    skip: int = 0,
    blanks: bool = False,
    header: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    optional: tuple[str, ...] = (),
) -> Iterator[Rows]:
    """The lines of a file after the first ``skip``, in columns; the rows of one :class:`Rows` have equally many.

    ``counts`` are the numbers of columns a line may have and ``names`` says what they hold. With
    ``blanks`` any run of spaces and tabs separates. A first line that holds the names in ``header``
    tells what the columns are: these are taken, those of ``also``, and those of ``optional``, which
    may be empty, whatever others there are.
    Raises :class:`DataError` (through ``bad``) for another number of columns, an empty field, NUL,
    and bytes that are not UTF-8.
    """
    form = _Form(counts, names)
    for number, block in blocks(path):
        if number == 1 and header:
            form = _named(block, header, also, optional) or form
        while number <= max(skip, bool(form.header)) and block:
            block, number = block[block.index(b"\n") + 1 :], number + 1
        if blanks:
            block = re.sub(rb"[ \t]+", b"\t", block).replace(b"\t\n", b"\n")
        cut = _cut(block, form)
        if cut is None:
            yield from _one_by_one(path, number, block, form, bad)
        elif block:
            yield Rows(path, range(number, number + len(cut[0])), cut, form.header)


def _named(block: bytes, header: tuple[str, ...], also: tuple[str, ...], optional: tuple[str, ...]) -> _Form | None:
    """The form of lines under a header that names the columns; None if the first line is no such header."""
    fields = block.partition(b"\n")[0].decode(errors="replace").split("\t")
    taken = (*header, *(name for name in also if name in fields and name not in header))
    last = tuple(name for name in optional if name in fields)
    taken += last
    if any(fields.count(name) != 1 for name in taken):
        return None
    return _Form((len(fields),), ", ".join(fields), taken, tuple(map(fields.index, taken)), len(last))


def _cut(block: bytes, form: _Form) -> list[list[bytes]] | None:
    """The columns of a block, or None if any of its lines is not as the others or not well formed."""
    if not block:
        return []
    width = block.count(b"\t", 0, block.index(b"\n")) + 1
    if width not in form.counts or b"\0" in block:
        return None
    characters = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero((characters == 9) | (characters == 10))
    is_line_end = characters[ends] == 10
    wanted = np.arange(1, len(ends) + 1) % width == 0
    if len(ends) % width or not np.array_equal(is_line_end, wanted):
        return None
    is_empty = (np.diff(ends, prepend=-1) == 1).reshape(-1, width)
    if any(column.any() for column in form.needed(is_empty.T)):
        return None
    try:
        block.decode()
    except UnicodeDecodeError:
        return None
    fields = block.replace(b"\n", b"\t").split(b"\t")
    fields.pop()
    return form.taken([fields[column::width] for column in range(width)])


def _one_by_one(path: str | Path, first: int, block: bytes, form: _Form, bad: OnBad) -> Iterator[Rows]:
    for number, line in enumerate(block.split(b"\n")[:-1], first):
        try:
            fields = columns(path, number, text_of(path, number, line), form.counts, form.shown)
            taken = form.taken(fields)
            if not all(form.needed(fields)):
                names = ", ".join(form.header[: len(form.needed(fields))]) or form.shown
                raise DataError(path, number, f"no empty column ({names})", shown("\t".join(fields)))
            if b"\0" in line:
                raise DataError(path, number, "names without NUL", shown("\t".join(fields)))
        except DataError as error:
            bad(error)
            continue
        yield Rows(path, range(number, number + 1), [[field.encode()] for field in taken], form.header)
