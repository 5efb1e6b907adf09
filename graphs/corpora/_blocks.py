"""Files whose sentences are blocks of lines with a blank line after each."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from graphs.errors import DataError, OnBad
from graphs.lines import lines


class Block(NamedTuple):
    """Numbered lines that follow each other; not ``whole`` when a line among them was not UTF-8."""

    lines: list[tuple[int, str]]
    whole: bool


def blocks(path: str | Path, *, bad: OnBad) -> Iterator[Block]:
    """The blocks of a file, in order. Lines that are not UTF-8 have been handed to ``bad``."""
    block: list[tuple[int, str]] = []
    whole = True

    def note(error: DataError) -> None:
        nonlocal whole
        bad(error)
        whole = False

    for number, line in lines(path, bad=note):
        if line.strip():
            block.append((number, line))
            continue
        if block:
            yield Block(block, whole)
        block, whole = [], True
    if block:
        yield Block(block, whole)
