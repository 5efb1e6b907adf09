"""Relation prediction: the rank of each triple's relation among all relations (Yao et al. 2019, section 3.2).

A pair of entities costs one pass of the encoder, however many triples join it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from graphs.knowledge import KnowledgeGraph
from graphs.tables import Ids, Ints
from kbert.triples.ids import TripleIds
from kbert.triples.model import TripleModel
from kbert.triples.ranks import Ranks, TrueRelations, relation_ranks
from kbert.triples.texts import TripleTexts


class RelationRanks(NamedTuple):
    """Where each triple belongs among all, the rank of its relation, raw too, and whether it is tied with a rival."""

    place: Ids
    rank: Ranks
    raw_rank: Ranks
    tied: npt.NDArray[np.bool_]

    @classmethod
    def join(cls, parts: Iterable["RelationRanks"]) -> "RelationRanks":
        """Several as one, in the order of their places."""
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        order = np.argsort(columns[0])
        return cls(*(column[order] for column in columns))


@dataclass(frozen=True, eq=False)
class EntityPairs:
    """Distinct pairs of entities, the triples that join them, and which pair each of these joins."""

    head: Ids
    tail: Ids
    triples: Ids
    pair: Ids

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.head)

    @property
    def asked(self) -> TripleIds:
        """The pairs as triples, whose relation is not read."""
        return TripleIds.of(self.head, np.zeros(len(self), np.int32), self.tail)


def pairs_of(triples: TripleIds, size: int) -> Iterator[EntityPairs]:
    """The distinct pairs of triples, so many at a time."""
    pairs, which = np.unique(np.stack((triples.head, triples.tail)), axis=1, return_inverse=True)
    which = which.reshape(-1)
    for start in range(0, pairs.shape[1], size):
        own = np.flatnonzero((which >= start) & (which < start + size))
        head, tail = pairs[:, start : start + size]
        yield EntityPairs(head, tail, own, which[own] - start)


def rank_relations(
    model: TripleModel,
    texts: TripleTexts,
    triples: TripleIds,
    pairs: EntityPairs,
    known: TrueRelations,
    *,
    precision: torch.dtype,
    on_pairs: Callable[[int], None] = lambda pairs: None,
) -> RelationRanks:
    """Rank the relations of the triples that join some pairs: filtered by the relations that are ``known``, and raw.

    Relations are numbered as the model has them.
    """
    scores = model.outputs(texts, pairs.asked, precision=precision, on_batch=on_pairs)[pairs.pair]
    own = triples.where(pairs.triples)
    filtered, raw = relation_ranks(scores, own, known), relation_ranks(scores, own, None)
    return RelationRanks(pairs.triples, filtered.rank, raw.rank, filtered.tied)


def relation_numbers(model: TripleModel, kg: KnowledgeGraph) -> Ints:
    """The number that a model gives to each relation of a graph; −1 where it has not learnt it."""
    numbers = {name: number for number, name in enumerate(model.relations)}
    return np.array([numbers.get(name, -1) for name in kg.relations], dtype=np.int32)
