"""Mentions that the corpus came with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphs.tables import NIL, Mentions, Parse
from graphs.types import Mention

if TYPE_CHECKING:
    from graphs.knowledge import KnowledgeGraph


class Linker:
    """Take the mentions of the input as they are, their entities looked up in the graph by name.

    A mention whose entity the graph does not have stays as a mention of nothing; candidates that
    it does not have are left out. Both are counted.
    """

    def __init__(self, kg: "KnowledgeGraph") -> None:
        self._kg = kg

    def __call__(self, texts: Sequence[str], parse: Parse, given: Sequence[Mention]) -> Mentions:
        """The given mentions, in order of text, start and end."""
        ordered = sorted(given, key=lambda mention: (mention.text, mention.start, mention.end))
        names = [mention.entity for mention in ordered if mention.entity is not None]
        names += [candidate.entity for mention in ordered for candidate in mention.candidates]
        ids = dict(zip(names, self._kg.ids(names).tolist(), strict=True))
        rows, unknown = [], 0
        for mention in ordered:
            entity = NIL if mention.entity is None else ids[mention.entity]
            known = [(ids[c.entity], c.score) for c in mention.candidates if ids[c.entity] != NIL]
            known.sort(key=lambda candidate: -candidate[1])
            unknown += (mention.entity is not None and entity == NIL) + len(mention.candidates) - len(known)
            rows.append((mention.text, mention.start, mention.end, entity, mention.score, known))
        return Mentions.of(rows, unknown=unknown)
