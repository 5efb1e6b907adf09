"""K-BERT's own files: subject, predicate, object, separated by tabs; no header."""

from collections.abc import Iterator
from pathlib import Path

from graphs.errors import OnBad, stop
from graphs.formats._rows import rows
from graphs.triples import Block, Record, Triples, records

SUFFIXES = (".spo",)


def read(path: str | Path, *, bad: OnBad = stop) -> Iterator[Record]:
    """The triples of a file, one by one."""
    return records(blocks(path, bad=bad))


def blocks(path: str | Path, *, bad: OnBad) -> Iterator[Block]:
    """The triples of a file, many at once."""
    for found in rows(path, (3,), "subject, predicate, object", bad=bad):
        yield Triples(*found.columns)
