"""What parsers and linkers hand over: the findings in many texts at once, column by column.

A part that works text by text collects records and calls ``of``; one that works on all texts at
once (as the fast ones do) fills the columns itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graphs.types import Arc, Sentence, Token

Ints = npt.NDArray[np.int32]
Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Table = npt.NDArray[np.float32]
"""Vectors, ``[rows, width]``."""

NIL = -1
"""The entity id of a mention that names nothing in the graph."""


def ints(values: Iterable[int]) -> Ints:
    """Spans and positions as the columns hold them."""
    return np.fromiter(values, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Parse:
    """Tokens, arcs and sentences of a list of texts.

    ``text`` counts through the list; rows are ordered by text, then start. ``head`` and
    ``dependent`` are positions among the tokens *of their own text* (−1: the head of a root).
    ``tag`` and ``lemma`` are None when the parser gives none.
    """

    text: Ints
    start: Ints
    end: Ints
    tag: Sequence[str | None] | None
    lemma: Sequence[str | None] | None
    arc_text: Ints
    head: Ints
    dependent: Ints
    arc_label: Sequence[str]
    sentence_text: Ints
    sentence_start: Ints
    sentence_end: Ints

    def __len__(self) -> int:
        """The number of tokens."""
        return len(self.start)

    @classmethod
    def of(
        cls,
        tokens: Iterable[Token],
        arcs: Iterable[tuple[int, Arc]] = (),
        sentences: Iterable[Sentence] = (),
    ) -> "Parse":
        """Build the columns from records; arcs come as pairs of the number of their text and the arc."""
        rows, links, cuts = list(tokens), list(arcs), list(sentences)
        tagged = any(row.tag is not None for row in rows)
        lemmatised = any(row.lemma is not None for row in rows)
        return cls(
            text=ints(row.text for row in rows),
            start=ints(row.start for row in rows),
            end=ints(row.end for row in rows),
            tag=[row.tag for row in rows] if tagged else None,
            lemma=[row.lemma for row in rows] if lemmatised else None,
            arc_text=ints(text for text, _ in links),
            head=ints(arc.head for _, arc in links),
            dependent=ints(arc.dependent for _, arc in links),
            arc_label=[arc.label for _, arc in links],
            sentence_text=ints(cut.text for cut in cuts),
            sentence_start=ints(cut.start for cut in cuts),
            sentence_end=ints(cut.end for cut in cuts),
        )

    @classmethod
    def cut(cls, text: Ints, start: Ints, end: Ints) -> "Parse":
        """Tokens alone: nothing is known of their tags, arcs or sentences."""
        none = np.empty(0, dtype=np.int32)
        return cls(text, start, end, None, None, none, none, none, [], none, none, none)


@dataclass(frozen=True, eq=False)
class Mentions:
    """Mentions in a list of texts, with the entities as ids of the knowledge graph (``NIL`` for none).

    Mention ``i`` has the candidates ``candidate_offsets[i]:candidate_offsets[i + 1]``, the best
    first; ``score`` is that of the chosen entity, between 0 and 1. ``unknown`` counts entities that
    the input names and the graph does not have: a mention of one is a mention of nothing, and a
    candidate is left out.
    """

    text: Ints
    start: Ints
    end: Ints
    entity: Ids
    score: Floats
    candidate_offsets: Ids
    candidate_entity: Ids
    candidate_score: Floats
    unknown: int = 0

    def __len__(self) -> int:
        """The number of mentions."""
        return len(self.start)

    @classmethod
    def of(
        cls, rows: Iterable[tuple[int, int, int, int, float, Sequence[tuple[int, float]]]], *, unknown: int = 0
    ) -> "Mentions":
        """Build the columns from rows of text, start, end, entity, score, candidates (entity, score)."""
        found = list(rows)
        candidates = [candidate for row in found for candidate in row[5]]
        return cls(
            text=ints(row[0] for row in found),
            start=ints(row[1] for row in found),
            end=ints(row[2] for row in found),
            entity=np.fromiter((row[3] for row in found), dtype=np.int64),
            score=np.fromiter((row[4] for row in found), dtype=np.float32),
            candidate_offsets=np.cumsum([0, *(len(row[5]) for row in found)], dtype=np.int64),
            candidate_entity=np.fromiter((entity for entity, _ in candidates), dtype=np.int64),
            candidate_score=np.fromiter((score for _, score in candidates), dtype=np.float32),
            unknown=unknown,
        )


def offsets_of(counts: npt.NDArray[np.integer]) -> Ids:
    """Where runs of these lengths begin when laid end to end, and where the last ends."""
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def ranges(starts: npt.NDArray[np.integer], counts: npt.NDArray[np.integer]) -> Ids:
    """``starts[0], starts[0] + 1, …`` for ``counts[0]`` numbers, then the same for the next run.

    >>> ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    offsets = offsets_of(counts)
    return np.repeat(starts - offsets[:-1], counts) + np.arange(offsets[-1])


def distinct(rows: npt.NDArray[np.integer]) -> tuple[Ids, Ids]:
    """Where each distinct row of a matrix stands first, in that order, and which of them each row is.

    >>> first, which = distinct(np.array([[3, 1], [0, 2], [3, 1]]))
    >>> first.tolist(), which.tolist()
    ([0, 1], [0, 1, 0])
    """
    _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return np.sort(first), number[which.reshape(-1)]
