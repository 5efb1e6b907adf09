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


def merge(texts: Sequence[str], parse: Parse, found: Sequence[Mentions]) -> Merged:
    """Snap mentions outward to whole tokens; of two that share a token one stays.

    A mention of an entity beats one of nothing; then the longest stays, then the best score, then
    the linker that was named first. The entity of a span that several linkers chose is that of
    the one that stays.
    """
    together = _concatenate(found)
    linker = np.repeat(np.arange(len(found), dtype=np.int32), [len(mentions) for mentions in found])
    first, last = _tokens_of(texts, parse, together)
    on = first <= last
    kept = np.flatnonzero(on)
    start, end = parse.start[first[kept]], parse.end[last[kept]]
    order = np.lexsort((linker[kept], start, together.text[kept]))
    kept, start, end = kept[order], start[order], end[order]
    stays = _without_collisions(
        first[kept], last[kept], together.entity[kept] == NIL, end - start, together.score[kept]
    )
    rows = kept[stays]
    mentions = _take(together, rows, start[stays], end[stays])
    return Merged(mentions, linker[rows], len(kept) - len(rows), int((~on).sum()))


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


def _without_collisions(
    first: Ids, last: Ids, nil: npt.NDArray[np.bool_], length: Ints, score: npt.NDArray[np.float32]
) -> Ids:
    """Positions of the mentions that stay, ascending; mentions come in order of their start."""
    if not len(first):
        return np.empty(0, dtype=np.int64)
    reach = np.maximum.accumulate(last)
    opens = np.concatenate(([True], first[1:] > reach[:-1]))
    cluster = np.cumsum(opens) - 1
    size = np.bincount(cluster)
    stays = [np.flatnonzero(size[cluster] == 1)]
    crowded = np.flatnonzero(size[cluster] > 1)
    best = crowded[np.lexsort((crowded, -score[crowded], -length[crowded], nil[crowded]))]
    taken: set[int] = set()
    for i in best.tolist():
        tokens = range(int(first[i]), int(last[i]) + 1)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            stays.append(np.array([i]))
    return np.sort(np.concatenate(stays))


def _concatenate(found: Sequence[Mentions]) -> Mentions:
    if not found:
        return Mentions.of(())
    counts = np.concatenate([np.diff(mentions.candidate_offsets) for mentions in found])
    columns = {
        name: np.concatenate([getattr(mentions, name) for mentions in found])
        for name in ("text", "start", "end", "entity", "score", "candidate_entity", "candidate_score")
    }
    return Mentions(candidate_offsets=offsets_of(counts), **columns)


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
    )
