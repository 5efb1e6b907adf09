"""Lines of text files, plain or compressed, with their numbers."""

import bz2
import gzip
import io
import sys
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from graphs.errors import DataError, OnBad, shown, stop

OPENERS: dict[str, Callable[[Path], Any]] = {".gz": gzip.open, ".bz2": bz2.open}
"""How compressed files are opened, by the ending of their names."""

MAX_LINE = 16 * 2**20
"""Bytes of a line with its end. A longer one is in no format we read; it is refused before it fills the memory."""

SIZE = 2**20
"""Bytes read at once."""

DAMAGE = (OSError, EOFError, zlib.error)
"""What reading a damaged archive raises."""


def open_bytes(path: str | Path) -> BinaryIO:
    """Open a file for reading; ``.gz`` and ``.bz2`` are unpacked, ``-`` is standard input."""
    if str(path) == "-":
        return sys.stdin.buffer
    file = Path(path)
    if not file.is_file():
        raise DataError(file, None, "a file", "a folder" if file.is_dir() else "nothing there")
    opener = OPENERS.get(file.suffix.lower(), io.FileIO)
    return io.BufferedReader(opener(file), 2**20)


def unpacked(path: str | Path) -> Path:
    """The path without the ending that tells how the file is compressed.

    >>> unpacked("facts.tsv.gz").name
    'facts.tsv'
    """
    file = Path(path)
    return file.with_suffix("") if file.suffix.lower() in OPENERS else file


def suffix(path: str | Path) -> str:
    """The file's suffix in lower case, seen through ``.gz`` and ``.bz2``.

    >>> suffix("facts.TSV.gz")
    '.tsv'
    """
    return unpacked(path).suffix.lower()


def member(folder: str | Path, name: str) -> Path | None:
    """The file of that name in a folder, plain or compressed; None if there is none."""
    return next((file for ending in ("", *OPENERS) if (file := Path(folder, name + ending)).is_file()), None)


@cache
def stem(path: str | Path) -> str:
    """The file's name without its endings; ``stdin`` for standard input.

    >>> stem("data/train.tsv.gz")
    'train'
    """
    return "stdin" if str(path) == "-" else unpacked(path).stem


def lines(path: str | Path, *, bad: OnBad = stop) -> Iterator[tuple[int, str]]:
    r"""Number (from 1) and text of each line, without its end. Only ``\n`` and ``\r\n`` end a line.

    A byte-order mark at the start is left out. Raises :class:`DataError`, through ``bad`` for
    bytes that are not UTF-8; a damaged archive or an endless line stops the reading.
    """
    with open_bytes(path) as file:
        number = 0
        while True:
            number += 1
            try:
                raw = file.readline(MAX_LINE + 1)
            except DAMAGE as error:
                raise DataError(path, number, "a whole archive", str(error)) from error
            if not raw:
                return
            if len(raw) > MAX_LINE:
                raise DataError(path, number, f"a line of at most {MAX_LINE:,} bytes", "a longer one")
            try:
                text = text_of(path, number, raw.removeprefix(BOM_UTF8) if number == 1 else raw)
            except DataError as error:
                bad(error)
                continue
            yield number, text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")


def blocks(path: str | Path) -> Iterator[tuple[int, bytes]]:
    r"""Number of the first line (from 1) and bytes of some whole lines, each ending in ``\n`` alone.

    A byte-order mark at the start is left out. Raises :class:`DataError` for a damaged archive
    and for a line of more than ``MAX_LINE`` bytes.
    """
    number = 1
    with open_bytes(path) as file:
        while True:
            try:
                block = file.read(SIZE)
                rest = b"" if block.endswith(b"\n") else file.readline(MAX_LINE + 1)
            except DAMAGE as error:
                raise DataError(path, number, "a whole archive", str(error)) from error
            if not block:
                return
            if len(rest) > MAX_LINE:
                place = number + block.count(b"\n")
                raise DataError(path, place, f"a line of at most {MAX_LINE:,} bytes", "a longer one")
            block = (block + rest).removesuffix(b"\n") + b"\n"
            if number == 1:
                block = block.removeprefix(BOM_UTF8)
            yield number, block.replace(b"\r\n", b"\n")
            number += block.count(b"\n")


def text_of(path: str | Path, number: int, line: bytes) -> str:
    """The text of a line. Raises :class:`DataError` for bytes that are not UTF-8."""
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        found = f"byte {line[error.start]:#04x} at byte {error.start + 1} of the line"
        raise DataError(path, number, "UTF-8", found) from error


def count_lines(path: str | Path) -> int | None:
    """How many lines a file has, to tell how far one is with it; None for one that is packed or passes but once."""
    if str(path) == "-" or unpacked(path) != Path(path):
        return None
    with open_bytes(path) as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(SIZE), b""))


def columns(path: str | Path, number: int, line: str, counts: tuple[int, ...], names: str) -> list[str]:
    """Split a tab-separated line and see that it has one of the wanted numbers of columns.

    Raises :class:`DataError` that shows the names of the wanted columns and the line.
    """
    parts = line.split("\t")
    if len(parts) not in counts:
        wanted = " or ".join(map(str, counts))
        raise DataError(path, number, f"{wanted} tab-separated columns ({names})", f"{len(parts)}: {shown(line)}")
    return parts
