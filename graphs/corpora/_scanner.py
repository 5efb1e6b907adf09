"""A JSON file read value by value, so that each value is known by its line."""

import re
from collections.abc import Iterator
from pathlib import Path

from graphs.corpora._objects import DECODER
from graphs.errors import DataError, shown
from graphs.lines import open_bytes

_SPACE = re.compile(r"[ \t\n\r]*")


class Scanner:
    """Goes through a file from its start. Raises :class:`DataError`, with the line, for what is not there."""

    def __init__(self, path: str | Path) -> None:
        self._path, self._at, self._counted, self._lines = path, 0, 0, 1
        with open_bytes(path) as file:
            raw = file.read()
        try:
            self._text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise DataError(path, line, "UTF-8", f"byte {raw[error.start]:#04x}") from error

    @property
    def line(self) -> int:
        """The line of what comes next."""
        self._pass_space()
        self._lines += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._lines

    def comes(self, character: str) -> bool:
        """Whether this character is next; if so it is passed."""
        self._pass_space()
        found = self._text.startswith(character, self._at)
        self._at += found
        return found

    def take(self, character: str, where: str) -> None:
        """Pass a character that must be next."""
        if not self.comes(character):
            raise DataError(self._path, self.line, f"{character!r} {where}", self._next())

    def separated(self, close: str, where: str) -> Iterator[int]:
        """Before each item of a list or object the line of that; passes the commas between items, and the end."""
        if self.comes(close):
            return
        while True:
            yield self.line
            if self.comes(close):
                return
            self.take(",", where)

    def value(self) -> tuple[object, str]:
        """The next value, and how it is written."""
        line, start = self.line, self._at
        try:
            value, self._at = DECODER.raw_decode(self._text, start)
        except RecursionError as error:
            raise DataError(self._path, line, "JSON", "lists or objects nested too deeply") from error
        except ValueError as error:
            raise DataError(self._path, line, "JSON", str(error)) from error
        return value, self._text[start : self._at]

    def end(self) -> None:
        """See that nothing follows."""
        line = self.line
        if self._at < len(self._text):
            raise DataError(self._path, line, "nothing more", self._next())

    def _pass_space(self) -> None:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _next(self) -> str:
        return shown(self._text[self._at : self._at + 20]) if self._at < len(self._text) else "the end of the file"
