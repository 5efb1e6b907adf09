"""Comma-separated values with a header: events, attributes of users, friends, or what items are called and are."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from graphs.behaviour_records import Record
from graphs.behaviours._records import Table, header
from graphs.csv_rows import csv_rows
from graphs.errors import OnBad, stop

SUFFIXES = (".csv",)


def read(
    path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop, delimiter: str = ","
) -> Iterator[Record]:
    """Read a table as ``tsv`` does, but with cells that may be quoted and then hold anything.

    Args:
        delimiter: the character between two cells
    """
    rows = csv_rows(path, delimiter, bad)
    names = header(path, rows)
    yield from Table.of(path, names, columns).records(rows, bad=bad)
