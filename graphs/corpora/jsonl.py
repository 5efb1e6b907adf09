"""JSON lines: one object a line, the format that can say everything a document has."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from graphs.corpora._fields import check_columns, matched_tags
from graphs.corpora._objects import Object, decoded
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


def _texts(item: Object) -> tuple[tuple[str, ...], tuple[Token, ...] | None]:
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


def _target(item: Object, tokens: tuple[Token, ...] | None) -> Target:
    tags = item.strings("tags")
    if tags is not None:
        if tokens is None:
            raise item.error("tokens beside tags", "none")
        tags = matched_tags(item.path, item.line, tags, tokens)
    label = item.name("label")
    return Target(label, item.strings("labels"), item.number("value"), item.numbers("values"), tags)


def _mention(item: Object, texts: tuple[str, ...]) -> Mention:
    candidates = []
    for candidate in item.objects("candidates"):
        entity = candidate.string("entity")
        if entity is None:
            raise candidate.error("an entity", "none")
        candidates.append(Candidate(entity, candidate.score()))
    return Mention(*item.span(texts), item.string("entity"), item.score(), candidates=tuple(candidates))


def _role(item: Object, texts: tuple[str, ...]) -> Role:
    role = item.string("role")
    if role not in ROLES:
        raise item.error(f"a role among {', '.join(ROLES)}", shown(role))
    return Role(role, *item.span(texts))


def _document(item: Object) -> Document:
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
            document = _document(decoded(path, number, line, names))
        except DataError as error:
            bad(error)
        else:
            yield document
