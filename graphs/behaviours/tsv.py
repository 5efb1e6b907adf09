"""Tab-separated values with a header: events, attributes of users, friends, or what items are called and are."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from graphs.behaviour_records import Record
from graphs.behaviours._records import Table, header
from graphs.errors import OnBad, stop
from graphs.lines import lines

SUFFIXES = (".tsv", ".tab")


def read(path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop) -> Iterator[Record]:
    """Read a table; its columns tell what it holds (see :mod:`graphs.behaviours`).

    The first line names the columns. ``columns`` says which one holds a field (user, item, time, value, friend,
    label, entity); else user is looked for under ``user``, ``user_id`` or ``userid``, item, friend and entity likewise,
    time under ``time``, ``timestamp``, ``date`` or ``datetime``, value under ``value``, ``rating`` or ``weight``, label
    under ``label``, ``name`` or ``title`` (upper or lower case). Other columns are attributes where the file is about
    users, and else are left alone. Times are numbers, or dates as ISO 8601 has them, in UTC where they say nothing
    else.
    """
    rows = ((number, line.split("\t")) for number, line in lines(path, bad=bad))
    names = header(path, rows)
    yield from Table.of(path, names, columns).records(rows, bad=bad)
