"""JSON objects that know where they stand and give values of the right type."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graphs.errors import DataError, shown


@dataclass(frozen=True)
class Object:
    """An object of a line, or one inside it, that knows where it stands and gives values of the right type.

    A key that is missing and one that is null mean the same: nothing is said.
    """

    path: str | Path
    line: int
    place: str
    values: dict[str, object]
    columns: Mapping[str, str] = field(default_factory=dict)

    def error(self, expected: str, found: str) -> DataError:
        """What is wrong here."""
        return DataError(self.path, self.line, f"{expected}{self.place}", found)

    def get(self, field: str) -> object:
        """The value of a field; one that the user has named must be there, one named empty is not read."""
        key = self.columns.get(field, field)
        if not key:
            return None
        if field in self.columns and key not in self.values:
            raise self.error(f"a key {key!r} for {field}", f"the keys {shown(', '.join(self.values))}")
        return self.values.get(key)

    def string(self, field: str) -> str | None:
        """A string that is not blank."""
        value = self.get(field)
        if value is not None and not (isinstance(value, str) and value.strip()):
            raise self.error(f"a string that is not blank as {field}", shown(value))
        return value

    def name(self, field: str) -> str | None:
        """A string that is not blank, or a whole number or truth value as it is written in JSON."""
        value = self.get(field)
        if isinstance(value, float | list | dict):
            raise self.error(f"a string or a whole number as {field}", shown(value))
        return json.dumps(value) if isinstance(value, int) else self.string(field)

    def integer(self, field: str, default: int | None = None) -> int:
        """A whole number."""
        value = self.get(field)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(f"a whole number as {field}", shown(value))
        return value

    def number(self, field: str) -> float | None:
        """A finite number."""
        value = self.get(field)
        return None if value is None else self._finite(field, value)

    def numbers(self, field: str) -> tuple[float, ...] | None:
        """A list of finite numbers."""
        items = self.items(field)
        return None if items is None else tuple(self._finite(field, item) for item in items)

    def _finite(self, field: str, value: object) -> float:
        try:
            number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.error(f"a finite number as {field}", shown(value))
        return number

    def items(self, field: str) -> list[object] | None:
        """A list of anything."""
        value = self.get(field)
        if value is not None and not isinstance(value, list):
            raise self.error(f"a list as {field}", shown(value))
        return value

    def strings(self, field: str) -> tuple[str, ...] | None:
        """A list of strings that are not empty."""
        items = self.items(field)
        if items is None:
            return None
        strings = tuple(item for item in items if isinstance(item, str) and item)
        if len(strings) != len(items):
            raise self.error(f"a list of strings as {field}", shown(items))
        return strings

    def objects(self, field: str) -> Iterator["Object"]:
        """A list of objects, none of which has renamed keys."""
        for i, item in enumerate(self.items(field) or []):
            if not isinstance(item, dict):
                raise self.error(f"a list of objects as {field}", shown(item))
            yield Object(self.path, self.line, f"{self.place} in {field}[{i}]", item)

    def object(self, field: str) -> "Object":
        """An object that must be there."""
        value = self.get(field)
        if not isinstance(value, dict):
            raise self.error(f"an object as {field}", shown(value))
        return Object(self.path, self.line, f"{self.place} in {field}", value)

    def span(self, texts: tuple[str, ...]) -> tuple[int, int, int]:
        """Text number, start and end of a span inside its text."""
        text, start, end = self.integer("text", 0), self.integer("start"), self.integer("end")
        if not 0 <= text < len(texts):
            raise self.error(f"the number of one of the {len(texts)} texts (from 0)", str(text))
        if not 0 <= start < end <= len(texts[text]):
            raise self.error(f"a span inside its text of {len(texts[text])} characters", f"{start} to {end}")
        return text, start, end

    def score(self) -> float:
        """A score between 0 and 1; 1 when nothing is said."""
        score = self.number("score")
        if score is not None and not 0 <= score <= 1:
            raise self.error("a score from 0 to 1", shown(score))
        return 1.0 if score is None else score


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object's keys, each once: of two values one would be lost."""
    values: dict[str, object] = {}
    for key, value in pairs:
        if key in values:
            raise ValueError(f"the key {key!r} twice in one object")
        values[key] = value
    return values


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant}, which JSON does not have")


DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)
"""Reads strictly: no key twice in one object, no NaN."""


def decoded(path: str | Path, number: int, line: str, columns: Mapping[str, str] = {}) -> Object:
    """The object of a line. Raises :class:`DataError` for anything else."""
    try:
        values = DECODER.decode(line)
    except RecursionError as error:
        raise DataError(path, number, "JSON", "lists or objects nested too deeply") from error
    except ValueError as error:
        raise DataError(path, number, "JSON", str(error)) from error
    return as_object(path, number, line, values, columns=columns)


def as_object(
    path: str | Path,
    number: int,
    written: str,
    values: object,
    place: str = "",
    columns: Mapping[str, str] = {},
) -> Object:
    """A value that was read, if it is an object of Unicode text; ``written`` is how it stands in the file."""
    if not isinstance(values, dict):
        raise DataError(path, number, f"an object{place}", shown(written))
    if "\\u" in written:
        try:
            json.dumps(values, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise DataError(path, number, f"Unicode text{place}", "half of a surrogate pair") from error
    return Object(path, number, place, values, columns)
