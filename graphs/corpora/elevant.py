"""Entity-linking gold as ELEVANT keeps it: JSON lines, a text with the Wikidata ids that spans of it mean."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from graphs.corpora._fields import check_columns
from graphs.corpora._objects import Object, decoded
from graphs.corpora._wikidata import names_of
from graphs.errors import DataError, OnBad, shown, stop
from graphs.lines import lines, stem
from graphs.types import Document, Mention

SUFFIXES = ()

_VALUES = ("DATETIME", "QUANTITY")
"""What stands in the place of an entity where a date or an amount is marked."""


def _pair(item: Object, field: str, least: int, most: int) -> tuple[int, int]:
    """A span, as a list of its start and end, between two places."""
    match item.get(field):
        case [int(start), int(end)] if least <= start < end <= most:
            return start, end
        case other:
            raise item.error(f"[start, end] from {least} to {most} as {field}", shown(other))


def _mentions(item: Object, begin: int, end: int, names: Mapping[str, str], coreferences: bool) -> Iterator[Mention]:
    for label in item.objects("labels"):
        span, entity = _pair(label, "span", begin, end), label.get("entity_id")
        if not isinstance(entity, str):
            raise label.error("a string as entity_id", shown(entity))
        inner = label.get("parent") is not None
        if entity in _VALUES or inner or (label.get("coref") and not coreferences):
            continue
        is_known = entity and not entity.startswith(("<", "Unknown"))
        yield Mention(0, span[0] - begin, span[1] - begin, names.get(entity, entity) if is_known else None)


def read(
    path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop, names: str = "", coreferences: bool = False
) -> Iterator[Document]:
    """Each line is an object and a document with given mentions (the linker ``given`` takes them).

    Of ``text`` only what ``evaluation_span`` says is annotated is read. ``labels`` are objects with ``span``
    and ``entity_id``, a Wikidata id; one in angle brackets (``<NIL>``) or empty is a mention of nothing. Dates
    and amounts are left out, and so is what lies inside another mention (``parent``). There are no columns.

    Bast, Hertel and Prange 2022, *ELEVANT* (https://aclanthology.org/2022.emnlp-demos.8).

    Args:
        names: JSON lines that give the name in your graph (id, else name) of each Wikidata id (wikidata)
        coreferences: take pronouns and the like too
    """
    check_columns(columns, (), "a file of ELEVANT")
    known = names_of(names)
    for number, line in lines(path, bad=bad):
        if not line.strip():
            continue
        try:
            item = decoded(path, number, line)
            text = item.string("text")
            if text is None:
                raise item.error("a text", f"the keys {shown(', '.join(item.values))}")
            whole = item.get("evaluation_span") is None
            begin, end = (0, len(text)) if whole else _pair(item, "evaluation_span", 0, len(text))
            mentions = tuple(_mentions(item, begin, end, known, coreferences))
        except DataError as error:
            bad(error)
        else:
            name = item.name("id") or f"{stem(path)}:{number}"
            yield Document(name, (text[begin:end],), mentions=mentions, file=str(path), line=number)
