"""Triples in question: rows of head, relation and tail, with texts of them and further columns.

Tab-separated: a header that names the columns ``head``, ``relation`` and ``tail``, any of
``head_text``, ``relation_text`` and ``tail_text``, and any others, which are passed on; or, without
a header, the first three or all six. JSON lines: objects with the same keys, all with those of the first.
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from graphs.errors import DataError, OnBad, did_you_mean, shown, stop
from graphs.lines import columns, lines, suffix

PARTS = ("head", "relation", "tail")
TEXTS = ("head_text", "relation_text", "tail_text")


class Question(NamedTuple):
    """A triple by names, and the texts given for its parts (empty where none is given).

    ``relation`` is empty where none is needed and there is no such column, or nothing in it;
    ``others`` are the values of the columns that are passed on.
    """

    file: str
    line: int
    head: str
    relation: str
    tail: str
    head_text: str = ""
    relation_text: str = ""
    tail_text: str = ""
    others: tuple[Any, ...] = ()

    def error(self, expected: str, found: str) -> DataError:
        """What is wrong with it, said with the place where it was read."""
        return DataError(self.file, self.line, expected, found)


class Questions(NamedTuple):
    """A file of triples in question, opened: its columns of texts, the others (which are passed on), and the rows."""

    texts: tuple[str, ...]
    others: tuple[str, ...]
    rows: Iterator[Question]


def read(
    path: str | Path,
    *,
    needs: Sequence[str] = PARTS,
    plain: Sequence[Sequence[str]] = (PARTS, (*PARTS, *TEXTS)),
    taken: Mapping[str, str] = MappingProxyType({}),
    bad: OnBad = stop,
) -> Questions:
    """The triples of a file (``-`` is standard input), line by line.

    Args:
        path: the file
        needs: which columns there must be
        plain: the columns of a table without a header, for each number of them there may be
        taken: names that no column may have, and why not
        bad: what to do with a bad line; a header that cannot be read stops always

    Raises :class:`DataError` for an empty file and a header that lacks or repeats a column, and
    through ``bad`` for a row of another width, with an empty field that is needed, or a text in
    which nothing can be seen.
    """
    numbered = lines(path, bad=bad)
    number, line = next(numbered, (0, ""))
    if not number:
        raise DataError(path, 1, "triples", "nothing")
    if number > 1:
        raise DataError(path, 1, "a first line in UTF-8 (it tells what the columns are)", "one that is not")
    if not line.strip():
        raise DataError(path, 1, "a first line that tells what the columns are", "an empty one")
    form = _Form(path, tuple(_columns(path, line, needs, plain, taken)), tuple(needs), is_json=line.startswith("{"))
    has_header = not form.is_json and form.columns == tuple(line.split("\t"))
    rows = numbered if has_header else chain([(number, line)], numbered)
    texts = tuple(name for name in form.columns if name in TEXTS)
    return Questions(texts, tuple(form.columns[i] for i in form.passed), _rows(form, rows, bad))


def is_visible(text: str) -> bool:
    r"""Whether anything of a text can be seen: encoders read nothing in blanks, control characters and lone marks.

    >>> is_visible(" \x07"), is_visible("a")
    (False, True)
    """
    return any(unicodedata.category(character)[0] in "LNPS" and character != "\ufffd" for character in text)


def _columns(
    path: str | Path, line: str, needs: Sequence[str], plain: Sequence[Sequence[str]], taken: Mapping[str, str]
) -> list[str]:
    """What the columns are called, by the first line."""
    if line.startswith("{"):
        names = list(_object(path, 1, line))
    else:
        if suffix(path) == ".jsonl":
            raise DataError(path, 1, "a JSON object", shown(line))
        names = line.split("\t")
        if not {"head", "tail"} <= set(names) and {"head", "tail"} <= {name.strip().lower() for name in names}:
            raise DataError(path, 1, "names of columns in lower case, such as head and tail", shown(line))
        if not {"head", "tail"} <= set(names):
            forms = {len(form): form for form in plain}
            expected = f"{', '.join(forms[max(forms)])}; or a header that names them"
            names = list(forms[len(columns(path, 1, line, tuple(forms), expected))])
    missing = next((name for name in needs if name not in names), None)
    if missing is not None:
        found = f"{shown(', '.join(names))}{did_you_mean(missing, names)}"
        raise DataError(path, 1, f"the column {missing!r} among those that the first line names", found)
    for i, name in enumerate(names):
        if not name or name in names[:i]:
            raise DataError(path, 1, "a name of its own for each column", repr(name))
        if name in taken:
            raise DataError(path, 1, f"no column of a name that {taken[name]}", repr(name))
    return names


@dataclass(frozen=True)
class _Form:
    """Where things stand in the rows of a file."""

    path: str | Path
    columns: tuple[str, ...]
    needs: tuple[str, ...]
    is_json: bool

    @cached_property
    def passed(self) -> list[int]:
        """The columns that are passed on: all but head, relation, tail and their texts."""
        return [i for i, name in enumerate(self.columns) if name not in (*PARTS, *TEXTS)]

    @cached_property
    def places(self) -> list[int | None]:
        """Where head, relation, tail and their texts stand."""
        return [self.columns.index(name) if name in self.columns else None for name in (*PARTS, *TEXTS)]

    def question(self, number: int, line: str) -> Question:
        """One row. Raises :class:`DataError` for a bad one."""
        cells = self._values(number, line) if self.is_json else self._cells(number, line)
        found: list[Any] = ["" if place is None else cells[place] for place in self.places]
        for name, cell in zip((*PARTS, *TEXTS), found, strict=True):
            if not isinstance(cell, str):
                raise DataError(self.path, number, f"a string as {name}", shown(cell))
            if not cell.strip() and name in PARTS and (name in self.needs or cell):
                raise DataError(self.path, number, f"a {name}", "an empty field")
            if cell and name in TEXTS and not is_visible(cell):
                raise DataError(self.path, number, f"something to read as {name}", shown(cell))
        return Question._make((str(self.path), number, *found, tuple(cells[i] for i in self.passed)))

    def _cells(self, number: int, line: str) -> list[str]:
        return columns(self.path, number, line, (len(self.columns),), ", ".join(self.columns))

    def _values(self, number: int, line: str) -> list[Any]:
        row = _object(self.path, number, line)
        if set(row) != set(self.columns):
            found = ", ".join(row)
            raise DataError(self.path, number, f"the keys of the first line ({', '.join(self.columns)})", shown(found))
        return ["" if row[name] is None and name in TEXTS else row[name] for name in self.columns]


def _rows(form: _Form, numbered: Iterator[tuple[int, str]], bad: OnBad) -> Iterator[Question]:
    for number, line in numbered:
        try:
            question = form.question(number, line)
        except DataError as error:
            bad(error)
        else:
            yield question


def _object(path: str | Path, number: int, line: str) -> dict[str, Any]:
    """The object of a line.

    Raises :class:`DataError` for anything else, for text that UTF-8 cannot hold, and for numbers that
    JSON does not have (NaN and infinity).
    """
    refuse = partial(DataError, path, number, "a JSON object of well-formed text and finite numbers")
    try:
        row = json.loads(line)
        json.dumps(row, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise refuse(f"{shown(line)} ({error})") from error
    if not isinstance(row, dict):
        raise refuse(shown(line))
    return row
