"""Link prediction with a scorer that reads triples: every entity in the place asked for, exactly.

A question costs one pass of the encoder for each entity. What can be saved is saved: texts are cut
once, equal questions are asked once, a triple that belongs to a question about its head and to one
about its tail is scored once, and batches hold triples of one length.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from graphs.tables import Ids
from kbert.ranking import Known, Queries, Ranks, realistic_ranks
from kbert.triple_ids import TripleIds
from kbert.triple_model import TripleModel
from kbert.triple_texts import TripleTexts

AT_ONCE = 2**20
"""Triples scored together: bounds the memory."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Ranks of the heads of all triples, then of their tails; which are tied; how many triples were scored."""

    rank: Ranks
    tied: npt.NDArray[np.bool_]
    scored: int


def rank_all(
    model: TripleModel,
    texts: TripleTexts,
    triples: TripleIds,
    true: TripleIds,
    *,
    precision: torch.dtype,
    on_queries: Callable[[int], None] = lambda queries: None,
    **how: Any,
) -> Ranking:
    """Rank the head and the tail of each triple among all entities, those of other ``true`` triples left out."""
    queries, known, entities = Queries.of(triples), Known(true), len(texts.entities)
    rank, tied = np.empty(2 * len(triples)), np.empty(2 * len(triples), dtype=bool)
    scored = 0
    for some in _together(queries, entities):
        asked = _candidates(queries, some, entities)
        keys, which = np.unique(asked.head * entities + asked.tail, return_inverse=True)
        relation = np.full(len(keys), queries.relation[some[0]])
        margins = model.margins(
            texts, TripleIds.of(keys // entities, relation, keys % entities), precision=precision, **how
        )
        scored += len(keys)
        for scores, query in zip(margins[which].reshape(len(some), entities), some.tolist(), strict=True):
            own = slice(queries.offsets[query], queries.offsets[query + 1])
            right = known.answers(
                int(queries.given[query]), int(queries.relation[query]), asks_tail=bool(queries.asks_tail[query])
            )
            place = queries.place[own]
            rank[place], tied[place] = realistic_ranks(scores, queries.answers[own], right)
        on_queries(len(some))
    return Ranking(rank, tied, scored)


def _together(queries: Queries, entities: int) -> Iterator[Ids]:
    """Questions about one relation, as many as may be scored at once."""
    order = np.argsort(queries.relation, kind="stable")
    ends = np.flatnonzero(np.diff(queries.relation[order])) + 1
    size = max(1, AT_ONCE // entities)
    for group in np.split(order, ends):
        yield from (group[start : start + size] for start in range(0, len(group), size))


def _candidates(queries: Queries, which: Ids, entities: int) -> TripleIds:
    """Every entity in the place that each question asks for."""
    given, asks_tail = np.repeat(queries.given[which], entities), np.repeat(queries.asks_tail[which], entities)
    every = np.tile(np.arange(entities), len(which))
    head, tail = np.where(asks_tail, given, every), np.where(asks_tail, every, given)
    return TripleIds.of(head, np.repeat(queries.relation[which], entities), tail)
