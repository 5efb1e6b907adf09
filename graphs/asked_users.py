"""Users who are asked about in a file: those of a behaviour graph by name, or anybody with his items."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from graphs.corpora._objects import decoded
from graphs.errors import DataError, OnBad, stop
from graphs.lines import lines


class AskedUser(NamedTuple):
    """A user, and where he is asked about; ``items`` are his history, None where the graph knows it."""

    user: str
    items: list[str] | None
    file: str
    line: int

    def error(self, expected: str, found: str) -> DataError:
        """What is wrong with his line."""
        return DataError(self.file, self.line, expected, found)


def read(path: str | Path, *, bad: OnBad = stop) -> Iterator[AskedUser]:
    """The users of a file (``-`` is standard input), one a line; blank lines are passed over.

    A line is a name, or a JSON object with ``user`` and ``items``, a list of names in their order (or with ``user``
    alone, who is one of the graph then); it is an object where it begins with a brace. Raises :class:`DataError`,
    through ``bad``, for any other object.
    """
    for number, line in lines(path, bad=bad):
        text = line.strip()
        if not text:
            continue
        try:
            user, items = _said(path, number, text) if text.startswith("{") else (text, None)
        except DataError as error:
            bad(error)
        else:
            yield AskedUser(user, items, str(path), number)


def _said(path: str | Path, number: int, text: str) -> tuple[str, list[str] | None]:
    """What an object says. Keys that it does not know are left alone."""
    told = decoded(path, number, text)
    user, items = told.name("user"), told.strings("items")
    if user is None or (items is None and [*told.values] != ["user"]):
        raise told.error("an object with user and items, or user alone", f"the keys {', '.join(told.values) or 'none'}")
    return user, None if items is None else [*items]
