"""OpenNRE: JSON lines, a sentence with a head and a tail, and the relation between them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from graphs.corpora._fields import check_columns
from graphs.corpora._objects import Object, decoded
from graphs.corpora._words import Words
from graphs.errors import DataError, OnBad, shown, stop
from graphs.lines import lines, stem
from graphs.types import Document, Mention, Role, Target

SUFFIXES = ()

PARTS = {"h": "head", "t": "tail"}
"""The key of each end of a relation, and its role."""


def _document(item: Object) -> Document:
    words, text = item.strings("token"), item.string("text")
    if (words is None) == (text is None):
        raise item.error("token, a list of words, or text", f"the keys {shown(', '.join(item.values))}")
    joined = None if words is None else Words.of(item, words)
    spans, mentions = [], []
    for key, role in PARTS.items():
        end = item.object(key)
        first, last = _position(end)
        span = _characters(end, text, first, last) if joined is None else joined.span(end, first, last)
        spans.append(Role(role, 0, *span))
        entity = end.name("id")
        if entity is not None:
            mentions.append(Mention(0, *span, entity))
    return Document(
        id=item.name("id") or f"{stem(item.path)}:{item.line}",
        texts=(str(text) if joined is None else joined.text,),
        tokens=None if joined is None else joined.tokens,
        mentions=tuple(mentions),
        spans=tuple(spans),
        target=Target(label=item.name("relation")),
        file=str(item.path),
        line=item.line,
    )


def _position(end: Object) -> tuple[int, int]:
    """First and last (not included) word or character of a head or tail."""
    match end.items("pos"):
        case [int(first), int(last)] if not isinstance(first, bool) and not isinstance(last, bool):
            return first, last
        case other:
            raise end.error("two whole numbers as pos", shown(other))


def _characters(end: Object, text: str | None, first: int, last: int) -> tuple[int, int]:
    """A span that counts characters."""
    length = len(text or "")
    if not 0 <= first < last <= length:
        raise end.error(f"a span inside its text of {length} characters", f"{first} to {last}")
    return first, last


def read(path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop) -> Iterator[Document]:
    """Each line is an object and a document with a marked head and tail, as OpenNRE's data sets have them.

    - ``token``, a list of words (joined as their script is written, they stay the tokens), or ``text``;
    - ``h`` and ``t``: objects with ``pos``, the first word and the one behind the last (of a ``text``:
      characters), and if wanted ``id``, the entity that the linker ``given`` finds by that name;
    - ``relation``, the label (none: nothing is known of it); ``id``, else the file's name and the line number.

    SemEval-2010 task 8, TACRED, Wiki80 and NYT10 are passed around in this form
    (https://github.com/thunlp/OpenNRE). Blank lines are passed over, and there are no columns.
    """
    check_columns(columns, (), "a file of OpenNRE")
    for number, line in lines(path, bad=bad):
        if not line.strip():
            continue
        try:
            document = _document(decoded(path, number, line))
        except DataError as error:
            bad(error)
        else:
            yield document
