"""JSON lines: one object a line, the format that can say everything a document has."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from graphs.corpora._fields import check_columns, matched_tags
from graphs.corpora._tokens import MisplacedError, join_by_script, place
from graphs.errors import DataError, OnBad, OptionsError, shown, stop
from graphs.lines import lines, stem
from graphs.types import Candidate, Document, Mention, Role, Target, Token

SUFFIXES = (".jsonl", ".ndjson")

FIELDS = (
    *("id", "group", "text", "texts", "text_b", "tokens", "mentions", "spans"),
    *("target", "label", "labels", "value", "values", "tags"),
)

ROLES = ("mention", "head", "tail", "aspect")


@dataclass(frozen=True)
class _Object:
    """An object of a line, or one inside it, that knows where it stands and gives values of the right type.

    A key that is missing and one that is null mean the same: nothing is said.
    """

    path: str | Path
    line: int
    place: str
    values: dict[str, object]
    columns: Mapping[str, str]

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

    def objects(self, field: str) -> Iterator["_Object"]:
        """A list of objects, none of which has renamed keys."""
        for i, item in enumerate(self.items(field) or []):
            if not isinstance(item, dict):
                raise self.error(f"a list of objects as {field}", shown(item))
            yield _Object(self.path, self.line, f"{self.place} in {field}[{i}]", item, {})

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


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)


def _decoded(path: str | Path, number: int, line: str, columns: Mapping[str, str]) -> _Object:
    try:
        values = _decoder.decode(line)
        if "\\u" in line:
            json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise DataError(path, number, "Unicode text", "half of a surrogate pair") from error
    except RecursionError as error:
        raise DataError(path, number, "JSON", "lists or objects nested too deeply") from error
    except ValueError as error:
        raise DataError(path, number, "JSON", str(error)) from error
    if not isinstance(values, dict):
        raise DataError(path, number, "an object", shown(line))
    return _Object(path, number, "", values, columns)


def _texts(item: _Object) -> tuple[tuple[str, ...], tuple[Token, ...] | None]:
    """The texts of a document and the tokens of a text that comes with them."""
    text, text_b = item.string("text"), item.string("text_b")
    texts, words = item.strings("texts"), item.strings("tokens")
    if texts is None and text is not None:
        texts = (text,) if text_b is None else (text, text_b)
    elif text is not None or text_b is not None:
        raise item.error("text, with or without text_b, or texts", "more or less than that")
    if words is not None and not words:
        raise item.error("at least one token", "none")
    if texts is None:
        if words is None:
            raise item.error("a text, texts or tokens", f"the keys {shown(', '.join(item.values))}")
        joined, tokens = join_by_script(words)
        if not joined.strip():
            raise item.error("tokens that are not blank", shown(list(words)))
        return (joined,), tokens
    if not 1 <= len(texts) <= (2 if words is None else 1) or not all(map(str.strip, texts)):
        expected = "one or two texts that are not blank" if words is None else "one text beside tokens"
        raise item.error(expected, shown(list(texts)))
    if words is None:
        return texts, None
    try:
        return texts, place(words, texts[0])
    except MisplacedError as error:
        raise item.error("tokens that make up the text, but for white space", str(error)) from error


def _target(item: _Object, tokens: tuple[Token, ...] | None) -> Target:
    tags = item.strings("tags")
    if tags is not None:
        if tokens is None:
            raise item.error("tokens beside tags", "none")
        tags = matched_tags(item.path, item.line, tags, tokens)
    label = item.name("label")
    return Target(label, item.strings("labels"), item.number("value"), item.numbers("values"), tags)


def _mention(item: _Object, texts: tuple[str, ...]) -> Mention:
    candidates = []
    for candidate in item.objects("candidates"):
        entity = candidate.string("entity")
        if entity is None:
            raise candidate.error("an entity", "none")
        candidates.append(Candidate(entity, candidate.score()))
    return Mention(*item.span(texts), item.string("entity"), item.score(), candidates=tuple(candidates))


def _role(item: _Object, texts: tuple[str, ...]) -> Role:
    role = item.string("role")
    if role not in ROLES:
        raise item.error(f"a role among {', '.join(ROLES)}", shown(role))
    return Role(role, *item.span(texts))


def _document(item: _Object) -> Document:
    texts, tokens = _texts(item)
    return Document(
        id=item.name("id") or f"{stem(item.path)}:{item.line}",
        texts=texts,
        group=item.name("group"),
        tokens=tokens,
        mentions=tuple(_mention(mention, texts) for mention in item.objects("mentions")),
        spans=tuple(_role(span, texts) for span in item.objects("spans")),
        target=_target(item, tokens),
        file=str(item.path),
        line=item.line,
    )


def _fields(columns: Mapping[str, str]) -> dict[str, str]:
    """The user's names of fields, with ``target`` for ``label`` as tables call it."""
    check_columns(columns, FIELDS, "a JSON line")
    if {"label", "target"} <= columns.keys():
        raise OptionsError("columns: target and label are the same field")
    return {"label" if field == "target" else field: key for field, key in columns.items()}


def read(path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop) -> Iterator[Document]:
    """Each line is an object and a document; keys it does not know are left alone, blank lines passed over.

    - ``text`` (and ``text_b``) or ``texts``, a list of one or two; or ``tokens``, a list of
      strings, alone (then they are joined to a text) or beside the text they were cut from;
    - ``id`` (else the file's name and the line number) and ``group``;
    - what is to be learnt: ``label``, ``labels``, ``value``, ``values``, or ``tags``, one a token;
    - ``mentions``: objects with ``start``, ``end``, and if wanted ``text`` (the number of the
      text, 0), ``entity`` (a name; null for none in the graph), ``score`` (1) and ``candidates``
      (objects with ``entity`` and ``score``);
    - ``spans``: objects with ``role`` (mention, head, tail or aspect), ``start``, ``end``, ``text``.

    Spans count characters (code points) of the text, the end not included. ``columns`` says under
    which key a field is kept, for example ``{"text": "sentence", "target": "stars"}``; a key named
    so must be in every object, and a field named empty (``{"label": ""}``) is not read. Null is the
    same as no key.
    """
    names = _fields(columns)
    for number, line in lines(path, bad=bad):
        if not line.strip():
            continue
        try:
            document = _document(_decoded(path, number, line, names))
        except DataError as error:
            bad(error)
        else:
            yield document
