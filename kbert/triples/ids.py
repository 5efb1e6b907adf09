"""Triples as numbers: what sampling, ranking and scoring work on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graphs.knowledge import KnowledgeGraph
from graphs.tables import Ids, Ints, distinct
from graphs.triples import SPLITS

Numbers = Sequence[int] | npt.NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class TripleIds:
    """Triples as three arrays of ids, of entities and of relations."""

    head: Ids
    relation: Ints
    tail: Ids

    def __len__(self) -> int:
        """The number of triples."""
        return len(self.head)

    @property
    def columns(self) -> tuple[Ids, Ints, Ids]:
        """Heads, relations and tails."""
        return self.head, self.relation, self.tail

    @classmethod
    def of(cls, head: Numbers, relation: Numbers, tail: Numbers) -> "TripleIds":
        """From anything numpy takes."""
        return cls(np.asarray(head, np.int64), np.asarray(relation, np.int32), np.asarray(tail, np.int64))

    @classmethod
    def join(cls, *parts: "TripleIds") -> "TripleIds":
        """Several end to end."""
        return cls.of(*(np.concatenate(columns) for columns in zip(*(part.columns for part in parts), strict=True)))

    def where(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.integer]) -> "TripleIds":
        """Some of them."""
        return TripleIds(self.head[which], self.relation[which], self.tail[which])

    def repeat(self, count: int) -> "TripleIds":
        """Each of them ``count`` times."""
        return self.where(np.repeat(np.arange(len(self)), count))


@dataclass(frozen=True, eq=False)
class Asked:
    """Questions: ``(given, relation, ?)`` where one ``asks_tail``, ``(?, relation, given)`` where it does not."""

    given: Ids
    relation: Ints
    asks_tail: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """The number of questions."""
        return len(self.given)

    @property
    def columns(self) -> tuple[Ids, Ints, npt.NDArray[np.bool_]]:
        """Entities, relations, and whether the tail is asked for."""
        return self.given, self.relation, self.asks_tail

    @classmethod
    def of(cls, triples: TripleIds) -> "Asked":
        """What each triple answers: the questions about all heads, then those about all tails."""
        asks_tail = np.repeat([False, True], len(triples))
        return cls(np.concatenate((triples.tail, triples.head)), np.tile(triples.relation, 2), asks_tail)

    def where(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.integer]) -> "Asked":
        """Some of them."""
        return Asked(self.given[which], self.relation[which], self.asks_tail[which])

    def with_answers(self, entities: Ids) -> TripleIds:
        """The triple that each question makes with an entity."""
        head = np.where(self.asks_tail, self.given, entities)
        return TripleIds.of(head, self.relation, np.where(self.asks_tail, entities, self.given))

    def with_each(self, entities: Ids) -> TripleIds:
        """The triples that each question makes with each of some entities: the first question's, then the second's."""
        every = self.where(np.repeat(np.arange(len(self)), len(entities)))
        return every.with_answers(np.tile(entities, len(self)))

    def distinct(self) -> tuple["Asked", Ids]:
        """Each question once, in the order of first appearance, and which of these every one is."""
        first, which = distinct(np.stack((self.asks_tail, self.relation, self.given), axis=1))
        return self.where(first), which


class LabelledIds(NamedTuple):
    """Triples that are known to be true (1) or false (−1)."""

    triples: TripleIds
    label: npt.NDArray[np.int8]

    @property
    def true(self) -> TripleIds:
        """The true ones."""
        return self.triples.where(self.label > 0)

    @property
    def false(self) -> TripleIds:
        """The false ones."""
        return self.triples.where(self.label < 0)


LEARNT = ("", "train")
"""The splits that are learnt, as one called train."""


def triples_of(kg: KnowledgeGraph, *splits: str) -> LabelledIds:
    """The triples of some splits in file order; ``""`` names those that are in none."""
    places = np.flatnonzero(np.isin(kg.split, [SPLITS.index(split) for split in splits]))
    places = places[np.argsort(kg.order[places], kind="stable")]
    head = np.searchsorted(kg.by_head.offsets, places, "right") - 1
    triples = TripleIds.of(head, kg.by_head.relations[places], kg.by_head.others[places])
    return LabelledIds(triples, np.asarray(kg.label[places], np.int8))


def named(kg: KnowledgeGraph, triples: TripleIds) -> list[str] | None:
    """The first of some triples as head, relation and tail by name; None where there is none."""
    if not len(triples):
        return None
    head, tail = kg.names([triples.head[0], triples.tail[0]]).to_pylist()
    return [head, kg.relations[int(triples.relation[0])], tail]
