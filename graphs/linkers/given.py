"""Mentions that the corpus came with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphs.tables import NIL, Mentions, Parse
from graphs.types import Mention

if TYPE_CHECKING:
    from graphs.knowledge import KnowledgeGraph


class Linker:
    """Take the mentions of the input as they are, their entities looked up in the graph by name.

    A mention whose entity the graph does not have stays as a mention of nothing; ``unknown``
    counts these. Candidates that it does not have are left out; ``unknown_candidates`` counts them.
    """

    def __init__(self, kg: "KnowledgeGraph") -> None:
        self._kg = kg
        self.unknown = 0
        self.unknown_candidates = 0

    def __call__(self, texts: Sequence[str], parse: Parse, given: Sequence[Mention]) -> Mentions:
        """The given mentions, in order of text, start and end."""
        ordered = sorted(given, key=lambda mention: (mention.text, mention.start, mention.end))
        names = [mention.entity for mention in ordered if mention.entity is not None]
        names += [candidate.entity for mention in ordered for candidate in mention.candidates]
        ids = dict(zip(names, self._kg.ids(names).tolist(), strict=True))
        rows = []
        for mention in ordered:
            entity = NIL if mention.entity is None else ids[mention.entity]
            known = [(ids[c.entity], c.score) for c in mention.candidates if ids[c.entity] != NIL]
            known.sort(key=lambda candidate: -candidate[1])
            self.unknown += mention.entity is not None and entity == NIL
            self.unknown_candidates += len(mention.candidates) - len(known)
            rows.append((mention.text, mention.start, mention.end, entity, mention.score, known))
        return Mentions.of(rows)
