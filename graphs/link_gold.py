"""Links that are known to be right: what spans of texts mean, by the ids of a graph."""

from collections.abc import Iterable
from typing import NamedTuple

from graphs.errors import OptionsError, shown
from graphs.knowledge import KnowledgeGraph
from graphs.tables import NIL
from graphs.types import Document

OUTSIDE = -2
"""What stands for an entity that the graph does not have."""

Place = tuple[int, int, int, int]
"""Where a mention is: the number of its document, of the text in it, start and end."""


class Gold(NamedTuple):
    """Documents, and the entity of each of their mentions: its id, ``NIL`` for none, ``OUTSIDE`` for an unknown one."""

    documents: list[Document]
    entity: dict[Place, int]


def gold_of(documents: Iterable[Document], kg: KnowledgeGraph) -> Gold:
    """What the mentions that documents came with mean.

    Raises :class:`graphs.errors.DataError` for a span that is marked twice, and :class:`OptionsError` if there is no
    mention at all.
    """
    listed = list(documents)
    named: dict[Place, str | None] = {}
    for number, document in enumerate(listed):
        for mention in document.mentions:
            place = (number, mention.text, mention.start, mention.end)
            if place in named:
                surface = document.texts[mention.text][mention.start : mention.end]
                raise document.error("every span marked once", f"{shown(surface)} at {mention.start} twice")
            named[place] = mention.entity
    if not named:
        raise OptionsError(f"none of {len(listed):,} texts has a given mention: there is nothing to go by")
    names = [name for name in named.values() if name is not None]
    ids = dict(zip(names, kg.ids(names).tolist(), strict=True))
    entity = {
        place: NIL if name is None else (OUTSIDE if ids[name] == NIL else ids[name]) for place, name in named.items()
    }
    return Gold(listed, entity)
