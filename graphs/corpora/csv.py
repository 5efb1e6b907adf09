"""Comma-separated values, quoted as spreadsheets do: one text, or a pair of texts, a row."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from graphs.corpora._table import documents
from graphs.csv_rows import csv_rows
from graphs.errors import OnBad, stop
from graphs.types import Document

SUFFIXES = (".csv",)


def read(
    path: str | Path,
    *,
    columns: Mapping[str, str] = {},
    bad: OnBad = stop,
    tagged: bool = False,
    delimiter: str = ",",
) -> Iterator[Document]:
    """Read a table as ``tsv`` does, but with cells that may be quoted and then hold anything.

    The header and ``columns`` are those of :func:`graphs.corpora.tsv.read`. A quotation mark
    inside a quoted cell is written twice. A row of several lines has the number of its first, and
    every line in a cell ends with a line feed alone.

    Args:
        tagged: text and target are tokens and their tags, each list separated by single spaces
        delimiter: the character between two cells
    """
    yield from documents(path, csv_rows(path, delimiter, bad), columns=columns, tagged=tagged, bad=bad)
