"""Parquet: events, attributes of users, friends, or what items are called and are."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from graphs.behaviour_records import Record
from graphs.behaviours._records import Table
from graphs.errors import DataError, OnBad, stop

SUFFIXES = (".parquet",)

ROWS = 65_536
"""Rows that are held at once."""


def _rows(path: str | Path, file: pq.ParquetFile) -> Iterator[tuple[int, Sequence[Any]]]:
    number = 0
    try:
        for batch in file.iter_batches(ROWS):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield number, cells
    except (pa.ArrowException, OSError) as error:
        raise DataError(path, number + 1, "a whole Parquet file", str(error)) from error


def read(path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop) -> Iterator[Record]:
    """Read a table as ``tsv`` does, of which the file knows the types; a bad row is told by its number, from 1.

    Names are strings or whole numbers, times numbers or timestamps. A column of numbers is an attribute in numbers.
    """
    if not Path(path).is_file():
        raise DataError(path, None, "a file", "a folder" if Path(path).is_dir() else "nothing there")
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(path, None, "a Parquet file", str(error)) from error
    with file:
        yield from Table.of(path, file.schema_arrow.names, columns).records(_rows(path, file), bad=bad, typed=True)
