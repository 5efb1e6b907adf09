"""Names and their numbers, a line each, under a line that counts them (``entity2id.txt`` and its like)."""

from collections.abc import Iterator
from pathlib import Path

from graphs.errors import DataError, OnBad, shown
from graphs.lines import blocks, lines


def numbered(file: str | Path, what: str, bad: OnBad) -> Iterator[tuple[int, str, str]]:
    """Line, name and number (as it is written), in file order; columns stand apart by a tab, or by the last space.

    Raises :class:`DataError`, through ``bad`` but for a first line that is no count.
    """
    check_count(file, bad)
    for place, line in lines(file, bad=bad):
        if place == 1:
            continue
        name, _, number = line.rpartition("\t" if "\t" in line else " ")
        if not name or not number.isdecimal() or "\0" in name:
            bad(DataError(file, place, f"2 columns ({what}, its number)", shown(line)))
        else:
            yield place, name, number


def check_count(file: str | Path, bad: OnBad) -> None:
    """See that the first line counts the others. Raises :class:`DataError` if it is no number."""
    _, line = next(lines(file), (1, ""))
    if not line.strip().isdecimal():
        raise DataError(file, 1, "the number of lines that follow", shown(line))
    follow = sum(block.count(b"\n") for _, block in blocks(file)) - 1
    if int(line) != follow:
        bad(DataError(file, 1, f"the number of lines that follow, {follow:,}", f"{int(line):,}"))
