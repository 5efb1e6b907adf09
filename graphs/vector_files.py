"""Vectors in files of text: word2vec's, and bare lines of numbers with the names in a file beside.

Blocks of lines are read as a whole; one in which something is wrong is read line by line, to say where.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from graphs.errors import DataError, shown, stop
from graphs.lines import blocks, lines, text_of
from graphs.numbered import numbered
from graphs.tables import Ids, Table

TOGETHER = 2**16
"""Names gathered at once."""


class Part(NamedTuple):
    """Some vectors in file order, with the names beside them, none where the file has none."""

    names: list[bytes]
    table: Table


@dataclass(frozen=True)
class VectorFile:
    """A file of text that holds ``count`` vectors of ``width`` numbers; ``named`` if the name stands before each."""

    path: str | Path
    count: int
    width: int
    named: bool

    @classmethod
    def word2vec(cls, path: str | Path) -> "VectorFile":
        """A file as word2vec writes it: count and width in the first line, then name and numbers in each.

        Raises :class:`DataError` for another first line.
        """
        _, line = next(lines(path), (1, ""))
        fields = line.split()
        if len(fields) != 2 or not all(field.isdecimal() for field in fields) or not int(fields[1]):
            expected = "count and width of the vectors (or, for a file without names, the file that has them)"
            raise DataError(path, 1, expected, shown(line))
        return cls(path, int(fields[0]), int(fields[1]), named=True)

    @classmethod
    def bare(cls, path: str | Path, count: int) -> "VectorFile":
        """A file of numbers alone, a line for each of ``count`` vectors. Raises :class:`DataError` for an empty one."""
        _, line = next(lines(path), (1, ""))
        if not line.split():
            raise DataError(path, 1, "the numbers of a vector", shown(line))
        return cls(path, count, len(line.split()), named=False)

    def parts(self) -> Iterator[Part]:
        """All vectors.

        Raises :class:`DataError` with the line for another number of numbers, what is no finite number, a name that
        is empty, holds NUL or is not UTF-8, and for more or fewer lines than there should be.
        """
        place = 1
        for first, block in blocks(self.path):
            number = first
            if self.named and number == 1:
                block, number = block[block.index(b"\n") + 1 :], 2
            found = block.split(b"\n")[:-1]
            place = number + len(found)
            if place - 1 - self.named > self.count:
                raise DataError(self.path, self.count + self.named + 1, f"{self.count:,} vectors in all", "another")
            if found:
                yield self._part(number, found)
        if place - 1 - self.named < self.count:
            found_lines = f"the end after {place - 1 - self.named:,}"
            raise DataError(self.path, place, f"{self.count:,} vectors in all", found_lines)

    def _part(self, first: int, found: list[bytes]) -> Part:
        """The vectors in some lines."""
        fields = [self._cut(line) for line in found]
        table = None
        if all(numbers.count(b" ") == self.width - 1 for _, numbers in fields):
            table = _numbers(b" ".join(numbers for _, numbers in fields), len(fields) * self.width)
        names = [name for name, _ in fields] if self.named else []
        if table is None or not np.isfinite(table).all() or (self.named and not _are_names(names)):
            for place, (line, (name, numbers)) in enumerate(zip(found, fields, strict=True), first):
                self._check(place, line, name, numbers)
        assert table is not None, "what is wrong with a block is wrong with one of its lines"
        return Part(names, table.reshape(-1, self.width))

    def _cut(self, line: bytes) -> tuple[bytes, bytes]:
        """Name and numbers of a line, these with one space between them."""
        text = line.replace(b"\t", b" ").rstrip()
        if self.named and text.count(b" ") == self.width:
            name, _, numbers = text.partition(b" ")
        elif self.named:
            parts = text.rsplit(None, self.width)
            whole = len(parts) == self.width + 1
            name, numbers = (parts[0].strip(), b" ".join(parts[1:])) if whole else (b"", b" ".join(parts))
        else:
            name, numbers = b"", text
        if numbers.count(b" ") != self.width - 1:
            numbers = b" ".join(numbers.split())
        return name, numbers

    def _check(self, place: int, line: bytes, name: bytes, numbers: bytes) -> None:
        """Raise :class:`DataError` if something is wrong with a line."""
        text = text_of(self.path, place, line)
        if (self.named and not name) or numbers.count(b" ") != self.width - 1:
            expected = f"{'a name and ' if self.named else ''}{self.width} numbers"
            raise DataError(self.path, place, expected, shown(text))
        if b"\0" in name:
            raise DataError(self.path, place, "a name without NUL", shown(name.decode()))
        values = _numbers(numbers, self.width)
        if values is None:
            raise DataError(self.path, place, f"{self.width} numbers", shown(numbers.decode()))
        if not np.isfinite(values).all():
            odd = numbers.split()[int((~np.isfinite(values)).argmax())].decode()
            called = f" of {shown(name.decode())}" if self.named else ""
            raise DataError(self.path, place, f"finite numbers{called}", shown(odd))


def read_names(path: str | Path) -> pa.LargeBinaryArray:
    """The names in a file as ``entity2id.txt``, by their numbers.

    Raises :class:`DataError` with the line for a bad one, for a number that is not below their count, and for a
    name or a number that comes twice.
    """
    parts, some, numbers = [], [], []
    for _, name, number in numbered(path, "entity", stop):
        some.append(name.encode())
        numbers.append(int(number))
        if len(some) == TOGETHER:
            parts.append(pa.array(some, pa.large_binary()))
            some = []
    names = pa.concat_arrays([*parts, pa.array(some, pa.large_binary())])
    beyond = next((place for place, number in enumerate(numbers) if number >= len(numbers)), None)
    if beyond is not None:
        expected = f"numbers below {len(numbers):,}, as there are so many names"
        raise DataError(path, beyond + 2, expected, str(numbers[beyond]))
    ids = np.fromiter(numbers, np.int64, len(numbers))
    _check_once(path, ids, "number", ids)
    check_names_once(path, names)
    return names.take(pa.array(np.argsort(ids)))


def check_names_once(path: str | Path, names: pa.LargeBinaryArray) -> None:
    """Raise :class:`DataError` for the first name that comes twice, of a file with a line before the names."""
    encoded = names.dictionary_encode()
    if len(encoded.dictionary) < len(names):
        _check_once(path, np.asarray(encoded.indices, np.int64), "name", names)


def _check_once(path: str | Path, keys: Ids, what: str, shows: pa.Array | Ids) -> None:
    """Raise :class:`DataError` at the first of some keys, from line 2 on, that comes a second time."""
    is_first = np.zeros(len(keys), dtype=bool)
    is_first[np.unique(keys, return_index=True)[1]] = True
    if not is_first.all():
        row = int(is_first.argmin())
        value = shows[row]
        found = shown(value.as_py().decode()) if isinstance(value, pa.Scalar) else str(value)
        raise DataError(path, row + 2, f"each {what} once", f"{found} again")


def _are_names(names: list[bytes]) -> bool:
    """Whether names can all be kept."""
    together = b"\n".join(names)
    try:
        together.decode()
    except UnicodeDecodeError:
        return False
    return all(names) and b"\0" not in together


def _numbers(text: bytes, count: int) -> Table | None:
    """So many numbers in a text; None where it holds something else."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            values = np.fromstring(text, np.float32, sep=" ")
        except (DeprecationWarning, ValueError):
            return None
    return values if len(values) == count else None
