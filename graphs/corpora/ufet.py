"""Ultra-fine entity typing and OpenEntity: JSON lines, a mention between its left and right context, with its types."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from graphs.corpora._fields import check_columns
from graphs.corpora._objects import Object, decoded
from graphs.corpora._words import Words
from graphs.errors import DataError, OnBad, stop
from graphs.lines import lines, stem
from graphs.options import check_choice
from graphs.types import Document, Role, Target

SUFFIXES = ()

Kept = Literal["all", "general"]

GENERAL = ("entity", "event", "group", "location", "object", "organization", "person", "place", "time")
"""The general types of Choi et al. 2018, section 2: what is called OpenEntity holds these alone."""


def _document(item: Object, kept: Kept) -> Document:
    left, right = item.strings("left_context_token"), item.strings("right_context_token")
    mention = item.string("mention_span")
    if left is None or right is None or mention is None:
        expected = "left_context_token, mention_span and right_context_token"
        raise item.error(expected, f"the keys {', '.join(item.values)}")
    own = mention.split()
    words = Words.of(item, (*left, *own, *right))
    start, end = words.span(item, len(left), len(left) + len(own))
    labels = item.strings("y_str")
    if labels is not None:
        labels = tuple(label for label in dict.fromkeys(labels) if kept == "all" or label in GENERAL)
    return Document(
        id=item.name("annot_id") or f"{stem(item.path)}:{item.line}",
        texts=(words.text,),
        tokens=words.tokens,
        spans=(Role("mention", 0, start, end),),
        target=Target(labels=labels),
        file=str(item.path),
        line=item.line,
    )


def read(
    path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop, labels: Literal["all", "general"] = "all"
) -> Iterator[Document]:
    """Each line is an object and a document with one marked mention and its types, as Choi et al. 2018 have them.

    ``left_context_token`` and ``right_context_token`` are lists of words, ``mention_span`` a string,
    ``y_str`` the types (none: nothing is known of them), ``annot_id`` the id, else the file's name
    and the line number. Words are joined as their script is written and stay the tokens. A mention that has none of
    the types that are kept stays, with no type as its target. Blank lines are passed over, and there are no columns.

    *Ultra-Fine Entity Typing* (https://aclanthology.org/P18-1009).

    Args:
        labels: which types to keep: all, or the nine general ones (entity, event, group, location, object,
            organization, person, place, time)
    """
    check_columns(columns, (), "a file of ultra-fine types")
    check_choice("labels", labels, ("all", "general"))
    for number, line in lines(path, bad=bad):
        if not line.strip():
            continue
        try:
            document = _document(decoded(path, number, line), labels)
        except DataError as error:
            bad(error)
        else:
            yield document
