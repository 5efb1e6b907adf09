"""Atomic files of RecBole (https://recbole.io/docs/user_guide/data/atomic_files.html)."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from graphs.behaviour_records import Record
from graphs.behaviours._records import FIELDS, Table, header
from graphs.errors import DataError, OnBad, shown, stop
from graphs.lines import lines

SUFFIXES = (".inter", ".user", ".item", ".net", ".link")

TYPES = ("token", "token_seq", "float", "float_seq")

KNOWN = {
    **FIELDS,
    "user": (*FIELDS["user"], "source_id"),
    "friend": (*FIELDS["friend"], "target_id"),
    "label": (*FIELDS["label"], "movie_title", "item_title", "item_name"),
}


def read(path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop) -> Iterator[Record]:
    """Read interactions, users, items, a network or links: tab-separated, with names and types in the first line.

    Names and ``columns`` are those of :func:`graphs.behaviours.tsv.read`, without the type (``user_id`` of
    ``user_id:token``); ``source_id`` and ``target_id`` are two friends; links say which entity an item is. Attributes
    of the type float are numbers, all others are names, unless the graph is built otherwise.
    """
    rows = ((number, line.split("\t")) for number, line in lines(path, bad=bad))
    names, kinds = [], []
    for cell in header(path, rows):
        name, _, kind = cell.rpartition(":")
        if not name or kind not in TYPES:
            raise DataError(path, 1, f"names with a type ({', '.join(f'name:{kind}' for kind in TYPES)})", shown(cell))
        names.append(name)
        kinds.append(kind)
    numbers = [name for name, kind in zip(names, kinds, strict=True) if kind == "float"]
    yield from Table.of(path, names, columns, KNOWN).records(rows, bad=bad, numbers=numbers, typed=True)
