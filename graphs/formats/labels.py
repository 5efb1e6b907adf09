"""Labels, descriptions, aliases and priors of entities, as TSV with a header or as JSON lines.

TSV: the header names the columns, ``name`` (or ``id``) and any of ``label``, ``description``,
``aliases`` (separated by ``|``) and ``prior``, in any order; an empty cell says nothing.
JSON lines: objects with the same keys, ``aliases`` a list; other keys are left alone. Where an
object has both ``id`` and ``name``, ``id`` is the entity's name and ``name`` its label, unless it
has a ``label`` as well.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from graphs.errors import DataError, OnBad, shown, stop
from graphs.formats._texts import split_label
from graphs.formats._values import prior_of
from graphs.lines import lines
from graphs.triples import PRIOR, storable
from graphs.types import EntityText

SUFFIXES = (".jsonl", ".ndjson")

Row = dict[str, Any]

COLUMNS = ("name", "label", "description", "aliases", "prior")


def read(
    path: str | Path, *, bad: OnBad = stop, label_separator: str = "", declare: bool = False
) -> Iterator[EntityText]:
    """What a file says of entities, line by line.

    Args:
        path: the file.
        bad: what to do with a bad line.
        label_separator: what parts label and description in the label, as ", " in "lemma, gloss".
        declare: every name in the file is an entity, even if no triple has it.
    """
    numbered = lines(path, bad=bad)
    first = next(numbered, None)
    if first is None:
        return
    parse: Callable[[str | Path, int, str], Row] = _object
    if first[1].startswith("{"):
        numbered = chain([first], numbered)
    else:
        parse = partial(_cells, _header(path, *first))
    for number, line in numbered:
        try:
            text = _text(path, number, parse(path, number, line), label_separator)
        except DataError as error:
            bad(error)
            continue
        if declare:
            yield EntityText(text.name)
        yield text


def _header(path: str | Path, number: int, line: str) -> list[str]:
    """The columns of a TSV. Without a header no line can be read, so this error always stops."""
    header = ["name" if column == "id" else column for column in line.split("\t")]
    if "name" not in header or len(set(header)) < len(header) or not set(header) <= set(COLUMNS):
        wanted = f"a header of the columns {', '.join(COLUMNS)}, or JSON objects"
        raise DataError(path, number, wanted, shown(line))
    return header


def _cells(header: list[str], path: str | Path, number: int, line: str) -> Row:
    cells = line.split("\t")
    if len(cells) != len(header):
        wanted = f"{len(header)} tab-separated columns ({', '.join(header)})"
        raise DataError(path, number, wanted, f"{len(cells)}: {shown(line)}")
    row: Row = dict(zip(header, cells, strict=True))
    row["aliases"] = str(row.get("aliases", "")).split("|")
    row["prior"] = row.get("prior") or None
    return row


def _object(path: str | Path, number: int, line: str) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(path, number, "a JSON object", f"{shown(line)} ({error})") from error
    if not isinstance(row, dict):
        raise DataError(path, number, "a JSON object", shown(line))
    if "id" in row:
        row["label"] = row.get("label") or row.get("name")
        row["name"] = row["id"]
    return row


def _text(path: str | Path, number: int, row: Row, separator: str) -> EntityText:
    """The record of one line. Raises :class:`DataError` for a value that is not of its kind."""
    name, label, description, aliases = (row.get(key) or "" for key in ("name", "label", "description", "aliases"))
    if not isinstance(name, str) or not storable(name):
        raise DataError(path, number, "the name of an entity", shown(name))
    if not isinstance(aliases or [], list):
        raise DataError(path, number, "a list of aliases", shown(aliases))
    texts = [label, description, *aliases]
    for text in texts:
        if not isinstance(text, str) or any("\ud800" <= character <= "\udfff" for character in text):
            raise DataError(path, number, "label, description and aliases of well-formed text", shown(text))
    short, rest = split_label(label, separator)
    prior = _prior(path, number, row.get("prior"))
    return EntityText(name, short or None, description or rest, tuple(filter(None, texts[2:])), prior)


def _prior(path: str | Path, number: int, given: Any) -> float | None:
    if given is None:
        return None
    prior = prior_of(given) if isinstance(given, str | int | float) and not isinstance(given, bool) else None
    if prior is None:
        raise DataError(path, number, PRIOR, shown(given))
    return prior
