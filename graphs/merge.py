"""Mentions of several linkers made to lie on whole tokens, no two on the same."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graphs.tables import NIL, Ids, Ints, Mentions, Parse, offsets_of, ranges


class Merged(NamedTuple):
    """Mentions in order of text and start, the number of the linker of each, and what fell out.

    ``collisions`` shared a token with a better mention; ``off_tokens`` covered no token at all.
    """

    mentions: Mentions
    linker: Ints
    collisions: int
    off_tokens: int


class Snapped(NamedTuple):
    """The mentions that cover a token, by their row, in order of their first one.

    ``tokens`` are the first and the last token of each (``[mentions, 2]``), ``start`` and ``end`` where these begin and
    end.
    """

    rows: Ids
    tokens: Ids
    start: Ints
    end: Ints


def merge(texts: Sequence[str], parse: Parse, found: Sequence[Mentions]) -> Merged:
    """Snap mentions outward to whole tokens; of two that share a token one stays (see :func:`staying`)."""
    together = _concatenate(found)
    linker = np.repeat(np.arange(len(found), dtype=np.int32), [len(mentions) for mentions in found])
    rows, tokens, start, end = snapped(texts, parse, together)
    stays = staying(tokens, end - start, together.entity[rows], together.score[rows], linker[rows])
    mentions = _take(together, rows[stays], start[stays], end[stays])
    return Merged(mentions, linker[rows[stays]], len(rows) - len(stays), len(together) - len(rows))


def snapped(texts: Sequence[str], parse: Parse, mentions: Mentions) -> Snapped:
    """Snap mentions outward to whole tokens."""
    first, last = _tokens_of(texts, parse, mentions)
    on_tokens = np.flatnonzero(first <= last)
    rows = on_tokens[np.argsort(first[on_tokens], kind="stable")]
    first, last = first[rows], last[rows]
    return Snapped(rows, np.stack((first, last), axis=1), parse.start[first], parse.end[last])


def staying(tokens: Ids, length: Ints, entity: Ids, score: npt.NDArray[np.floating], linker: Ints) -> Ids:
    """Positions of the mentions that stay where of two that share a token one does; given in order of first token.

    A mention of an entity stays before one of nothing, then the longest, then the one with the best score, then
    that of the linker that was named first, then the first in the text.
    """
    first, last = tokens.T
    crowded = _crowded(first, last)
    nil = entity == NIL
    rank = np.lexsort((linker[crowded], -score[crowded], -length[crowded], nil[crowded]))
    stays = np.delete(np.arange(len(tokens)), crowded)
    return np.sort(np.concatenate((stays, _best(first, last, crowded[rank]))))


def _tokens_of(texts: Sequence[str], parse: Parse, mentions: Mentions) -> tuple[Ids, Ids]:
    """First and last token of each mention; the first lies behind the last where it covers none."""
    offsets = offsets_of(np.fromiter((len(text) + 1 for text in texts), dtype=np.int64, count=len(texts)))
    begun = np.zeros(offsets[-1] + 1, dtype=np.int32)
    ended = np.zeros(offsets[-1] + 1, dtype=np.int32)
    begun[offsets[parse.text] + parse.start + 1] = 1
    ended[offsets[parse.text] + parse.end] = 1
    np.cumsum(begun, out=begun)  # tokens that start before a place
    np.cumsum(ended, out=ended)  # tokens that end at or before it
    start, end = offsets[mentions.text] + mentions.start, offsets[mentions.text] + mentions.end
    return ended[start].astype(np.int64), begun[end].astype(np.int64) - 1


def _crowded(first: Ids, last: Ids) -> Ids:
    """Positions of mentions, given in order of their first token, that lie in one heap with others."""
    reach = np.maximum.accumulate(last)
    begins = np.concatenate(([True], first[1:] > reach[:-1]))[: len(first)]
    heap = np.cumsum(begins)
    return np.flatnonzero(np.bincount(heap)[heap] > 1)


def _best(first: Ids, last: Ids, best_first: Ids) -> Ids:
    """Of mentions from the best to the worst those that share no token with a better one that stays."""
    stays, taken = [], set[int]()
    for i in best_first.tolist():
        tokens = range(int(first[i]), int(last[i]) + 1)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            stays.append(i)
    return np.array(stays, dtype=np.int64)


def _concatenate(found: Sequence[Mentions]) -> Mentions:
    if not found:
        return Mentions.of(())
    counts = np.concatenate([np.diff(mentions.candidate_offsets) for mentions in found])
    columns = {
        name: np.concatenate([getattr(mentions, name) for mentions in found])
        for name in ("text", "start", "end", "entity", "score", "candidate_entity", "candidate_score")
    }
    unknown = sum(mentions.unknown for mentions in found)
    return Mentions(candidate_offsets=offsets_of(counts), **columns, unknown=unknown)


def _take(mentions: Mentions, rows: Ids, start: Ints, end: Ints) -> Mentions:
    """Some mentions, with new spans."""
    counts = np.diff(mentions.candidate_offsets)[rows]
    candidates = ranges(mentions.candidate_offsets[rows], counts)
    return Mentions(
        text=mentions.text[rows],
        start=start.astype(np.int32),
        end=end.astype(np.int32),
        entity=mentions.entity[rows],
        score=mentions.score[rows],
        candidate_offsets=offsets_of(counts),
        candidate_entity=mentions.candidate_entity[candidates],
        candidate_score=mentions.candidate_score[candidates],
        unknown=mentions.unknown,
    )
