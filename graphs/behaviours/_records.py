"""Rows of cells as records: what all formats of behaviour have in common."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from graphs.behaviour_records import LARGEST, Attributes, Event, Friends, Item, Record
from graphs.corpora._fields import check_columns, number
from graphs.errors import DataError, OnBad, did_you_mean, shown

Time = tuple[float | None, bool]
"""When something happened (None: not known), and whether that was told as a date."""

Cell = Any
"""A string, or what Parquet holds: a number, a date, None."""

Known = Mapping[str, Sequence[str]]
"""The names, in lower case, that are taken for each field where the user names none."""

FIELDS: Known = {
    "user": ("user", "user_id", "userid"),
    "item": ("item", "item_id", "itemid"),
    "time": ("time", "timestamp", "date", "datetime"),
    "value": ("value", "rating", "weight"),
    "friend": ("friend", "friend_id", "friendid"),
    "label": ("label", "name", "title"),
    "entity": ("entity", "entity_id", "entityid"),
}


def header(path: str | Path, rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    """The cells of the first line. Raises :class:`DataError` where it cannot be read: no line means anything then."""
    first = next(rows, None)
    if first is None or first[0] != 1:
        raise DataError(path, 1, "a header line", "an empty file" if first is None else "a line that cannot be read")
    return [cell.strip() for cell in first[1]]


@dataclass(frozen=True)
class Table:
    """Where the fields of a file stand. Without a user or an item nothing can be said of anything.

    Raises :class:`DataError` for a header with neither, and for a column that is named and not there, or not once.
    """

    path: str | Path
    names: Sequence[str]
    positions: Mapping[str, int]

    @classmethod
    def of(cls, path: str | Path, names: Sequence[str], columns: Mapping[str, str], known: Known = FIELDS) -> "Table":
        """The table with these names of columns."""
        check_columns(columns, tuple(FIELDS), "a file of behaviour")
        positions: dict[str, int] = {}
        for field in FIELDS:
            wanted, usual = columns.get(field), known.get(field, ())
            there = [i for i, name in enumerate(names) if (name.lower() in usual if wanted is None else name == wanted)]
            if wanted and not there:
                expected = f"a column {wanted!r} for {field}{did_you_mean(wanted, names)}"
                raise DataError(path, 1, expected, f"the header {shown(', '.join(names))}")
            if len(there) > 1:
                expected = f"one column for {field} (say which with columns)"
                raise DataError(path, 1, expected, " and ".join(repr(names[i]) for i in there))
            if there and wanted != "":
                other = next((name for name, place in positions.items() if place == there[0]), None)
                if other is not None:
                    raise DataError(path, 1, f"a column for {field} and another for {other}", repr(names[there[0]]))
                positions[field] = there[0]
        if not {"user", "item"} & positions.keys():
            raise DataError(path, 1, "a column for user or for item", f"the header {_shown(names)}")
        return cls(path, names, positions)

    def has(self, *fields: str) -> bool:
        """Whether there are columns for all these."""
        return all(field in self.positions for field in fields)

    def records(
        self,
        rows: Iterator[tuple[int, Sequence[Cell]]],
        *,
        bad: OnBad,
        time: Callable[[int, Sequence[Cell]], Time] | None = None,
        numbers: Sequence[str] = (),
        typed: bool = False,
    ) -> Iterator[Record]:
        """The records of rows, each with its number.

        ``time`` says when a row happened, where no column does; attributes among ``numbers`` are numbers, and not
        names, and ``typed`` says that the file tells the two apart. Raises :class:`DataError`, through ``bad``, for a
        row of another length, a blank name, and a time or a number that is none.
        """
        make = self._make(time or _Clock(self).time, numbers, typed)
        for line, cells in rows:
            try:
                if len(cells) != len(self.names):
                    expected = f"{len(self.names)} columns ({', '.join(self.names)})"
                    raise DataError(self.path, line, expected, f"{len(cells)}: {shown(' | '.join(map(str, cells)))}")
                record = make(line, cells)
            except DataError as error:
                bad(error)
            else:
                yield record

    def _make(
        self, time: Callable[[int, Sequence[Cell]], Time], numbers: Sequence[str], typed: bool
    ) -> Callable[[int, Sequence[Cell]], Record]:
        """What makes a record of a row, by what the table has columns for."""
        if self.has("user", "item"):
            return lambda line, cells: self._event(line, cells, *time(line, cells))
        if self.has("user", "friend"):
            return lambda line, cells: Friends(self.name(line, cells, "user"), self.name(line, cells, "friend"))
        if self.has("user"):
            rest = [i for i in range(len(self.names)) if i != self.positions["user"]]
            return lambda line, cells: Attributes(
                self.name(line, cells, "user"),
                {self.names[i]: self._told(line, cells[i], i, numbers) for i in rest},
                typed,
                line,
            )
        told = [field for field in ("label", "entity") if self.has(field)]
        if not told:
            expected = "a column for the label or the entity of an item, or for the user of an event"
            raise DataError(self.path, 1, expected, f"the header {shown(', '.join(self.names))}")
        return lambda line, cells: self._item(line, cells, told)

    def _item(self, line: int, cells: Sequence[Cell], told: Sequence[str]) -> Item:
        """What is said of an item; where label and entity have columns one of them may be empty."""
        said = [field for field in told if not _empty(cells[self.positions[field]])] or told[:1]
        return Item(
            self.name(line, cells, "item"), **{field: self.name(line, cells, field) for field in said}, line=line
        )

    def _event(self, line: int, cells: Sequence[Cell], time: float | None, dated: bool) -> Event:
        user, item = (self.name(line, cells, field) for field in ("user", "item"))
        return Event(user, item, time, self._value(line, cells), dated)

    def name(self, line: int, cells: Sequence[Cell], field: str) -> str:
        """The name in a field: a string, or a whole number."""
        cell = cells[self.positions[field]]
        if isinstance(cell, int) and not isinstance(cell, bool):
            return str(cell)
        if not isinstance(cell, str) or not cell.strip():
            raise DataError(self.path, line, f"a name as {field}", shown(cell))
        return cell.strip()

    def _value(self, line: int, cells: Sequence[Cell]) -> float | None:
        place = self.positions.get("value")
        return None if place is None or _blank(cells[place]) else self._number(line, cells[place])

    def _number(self, line: int, cell: Cell) -> float:
        if isinstance(cell, str):
            cell = number(self.path, line, cell.strip())
        if isinstance(cell, bool) or not isinstance(cell, int | float) or not abs(cell) <= LARGEST:
            raise DataError(self.path, line, f"a number of at most {LARGEST:.4g}", shown(cell))
        return float(cell)

    def _told(self, line: int, cell: Cell, place: int, numbers: Sequence[str]) -> str | float | None:
        """An attribute: what is blank is not known; a number of Parquet is one, and what the file calls so."""
        if _blank(cell):
            return None
        if self.names[place] in numbers or (isinstance(cell, int | float) and not isinstance(cell, bool)):
            return self._number(line, cell)
        if not isinstance(cell, str | int | float | date):
            raise DataError(self.path, line, f"a name or a number as {self.names[place]}", shown(cell))
        return str(cell).strip()


def _shown(names: Sequence[str]) -> str:
    """The names of a header, and a word where there is but one, that may be several parted by something else."""
    parted = [mark for mark in ("\t", ";", "|", ",") if len(names) == 1 and mark in names[0]]
    hint = f" (parted by {parted[0]!r}? --format csv --delimiter takes any character)" if parted else ""
    return f"{shown(', '.join(names))}{hint}"


def _empty(cell: Cell) -> bool:
    """Whether nothing stands there."""
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.strip())


def _blank(cell: Cell) -> bool:
    """Whether nothing is said: what pandas writes for that, too."""
    return _empty(cell) or (isinstance(cell, str) and cell.strip().lower() == "nan")


class _Clock:
    """Times of one table, which are all numbers or all dates."""

    def __init__(self, table: Table) -> None:
        self._table, self._kind = table, ""

    def time(self, line: int, cells: Sequence[Cell]) -> Time:
        """The seconds of a row since 1970 (UTC), or the number that stands for its time."""
        place = self._table.positions.get("time")
        if place is None:
            return None, False
        cell = cells[place]
        found = _seconds(cell)
        if found is None:
            expected = "a time (a number, or a date as 2024-05-31 or 2024-05-31T12:30:00)"
            raise DataError(self._table.path, line, expected, shown(cell))
        kind, seconds = found
        self._kind = self._kind or kind
        if kind != self._kind:
            raise DataError(self._table.path, line, f"a {self._kind} as time, as in the lines before", shown(cell))
        return seconds, kind == "date"


def _seconds(cell: Cell) -> tuple[str, float] | None:
    """The time that a cell tells and whether as a number or a date; None for what is no time."""
    if isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, str):
        text = cell.strip()
        try:
            seconds = float(text) if text.isascii() and "_" not in text else math.nan
        except ValueError:
            try:
                cell = datetime.fromisoformat(text)
            except ValueError:
                return None
        else:
            return ("number", seconds) if math.isfinite(seconds) else None
    if isinstance(cell, datetime):
        return "date", (cell if cell.tzinfo else cell.replace(tzinfo=UTC)).timestamp()
    if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        return "number", float(cell)
    return None
