"""Files of the workshop HetRec 2011 (Last.fm, Delicious, MovieLens; https://grouplens.org/datasets/hetrec-2011)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from graphs.behaviour_records import Record
from graphs.behaviours._records import FIELDS, Table, Time, header
from graphs.errors import DataError, OnBad, shown, stop
from graphs.lines import lines

SUFFIXES = (".dat",)

KNOWN = {
    **FIELDS,
    "item": ("artistid", "movieid", "bookmarkid", "id"),
    "friend": ("friendid", "contactid"),
}

DATES = (
    ("day", "month", "year", "hour", "minute", "second"),
    ("date_day", "date_month", "date_year", "date_hour", "date_minute", "date_second"),
)
"""What the parts of a date are called; those of the time of day may be missing."""

MILLISECONDS = 1_000


def read(path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop) -> Iterator[Record]:
    """Read taggings, listenings, ratings, contacts or the names of items: tab-separated, with a header.

    Items are artists, movies or bookmarks; where several tags are given at once each is an event. Dates stand in
    columns of their own (``day``, ``month``, ``year`` and so on), or as milliseconds under ``timestamp``. Names and
    ``columns`` are else those of :func:`graphs.behaviours.tsv.read`.
    """
    rows = ((number, line.split("\t")) for number, line in lines(path, bad=bad))
    names = header(path, rows)
    table = Table.of(path, names, columns, KNOWN)
    yield from table.records(rows, bad=bad, time=_time(table))


def _time(table: Table) -> Callable[[int, Sequence[str]], Time] | None:
    """What tells the time of a row by the parts of its date, or by milliseconds; None where nothing does."""
    dated = next((parts for parts in DATES if set(parts[:3]) <= set(table.names)), None)
    if dated is not None:
        places = [table.names.index(part) for part in dated if part in table.names]
        return lambda line, cells: (_moment(table, line, [cells[place] for place in places]), True)
    if "time" not in table.positions:
        return None
    place = table.positions["time"]

    def moment(line: int, cells: Sequence[str]) -> Time:
        if not cells[place].strip().isdecimal():
            raise DataError(table.path, line, "milliseconds since 1970", shown(cells[place]))
        return int(cells[place]) / MILLISECONDS, True

    return moment


def _moment(table: Table, line: int, parts: Sequence[str]) -> float:
    try:
        day, month, year, *clock = map(int, parts)
        hour, minute, second = (*clock, 0, 0, 0)[:3]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError as error:
        raise DataError(table.path, line, "day, month and year of a date", shown(" ".join(parts))) from error
