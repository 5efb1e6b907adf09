"""Link prediction: which rank the true head or tail of a triple takes among all entities.

The protocol is that of Bordes et al. 2013 (https://papers.nips.cc/paper/5071), *filtered*: other
entities that make a true triple are left out. Ties take the realistic rank of Berrendorf et al.
2020 (https://arxiv.org/abs/2002.06914), the mean of the best and the worst place among equals.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graphs.tables import Ids, Ints, offsets_of, ranges
from kbert.triples.ids import Asked, TripleIds

Ranks = npt.NDArray[np.float64]
"""Ranks from 1; halves where there are ties."""

HITS = (1, 3, 10)


@dataclass(frozen=True, eq=False)
class Queries:
    """The distinct questions that triples ask, with the answers in question.

    Those of question ``i`` are ``answers[offsets[i]:offsets[i + 1]]``, one for each triple that asks it,
    and ``place`` says where each belongs among the ranks: those of the heads of all triples, then
    those of the tails.
    """

    asked: Asked
    offsets: Ids
    answers: Ids
    place: Ids

    def __len__(self) -> int:
        """The number of distinct questions."""
        return len(self.asked)

    @classmethod
    def of(cls, triples: TripleIds) -> "Queries":
        """Both questions of every triple, each distinct one once, in the order of first appearance."""
        asked, which = Asked.of(triples).distinct()
        place = np.argsort(which, kind="stable")
        offsets = offsets_of(np.bincount(which, minlength=len(asked)))
        return cls(asked, offsets, np.concatenate((triples.head, triples.tail))[place], place)

    @classmethod
    def one(cls, given: int, relation: int, asks_tail: bool) -> "Queries":
        """A single question with no answer in question."""
        none = np.empty(0, dtype=np.int64)
        asked = Asked(np.array([given]), np.array([relation], dtype=np.int32), np.array([asks_tail]))
        return cls(asked, np.zeros(2, dtype=np.int64), none, none)

    def own(self, question: int) -> slice:
        """Where the answers in question of one question are."""
        return slice(int(self.offsets[question]), int(self.offsets[question + 1]))

    def where(self, which: Ids) -> "Queries":
        """Some of them, in this order."""
        counts = np.diff(self.offsets)[which]
        answers = ranges(self.offsets[which], counts)
        return Queries(self.asked.where(which), offsets_of(counts), self.answers[answers], self.place[answers])

    def right(self, question: int, known: "TrueAnswers") -> Ids:
        """All known answers to a question, ascending."""
        given, relation, asks_tail = (column[question] for column in self.asked.columns)
        return known.answers(int(given), int(relation), asks_tail=bool(asks_tail))


class TrueAnswers:
    """All true triples, to leave other right answers out of a ranking of entities."""

    def __init__(self, triples: TripleIds) -> None:
        self._by_side = [_Index.of(triples.tail, triples.relation, triples.head)]
        self._by_side.append(_Index.of(triples.head, triples.relation, triples.tail))

    def answers(self, given: int, relation: int, *, asks_tail: bool) -> Ids:
        """Every entity that makes a true triple, ascending."""
        return self._by_side[asks_tail].find(given, relation)


class TrueRelations:
    """All true triples, to leave other right relations out of a ranking of relations."""

    def __init__(self, triples: TripleIds) -> None:
        self._by_pair = _Index.of(triples.head, triples.tail, triples.relation)

    def of(self, head: int, tail: int) -> Ids:
        """Every relation that makes a true triple of two entities, ascending."""
        return self._by_pair.find(head, tail)


class _Index(NamedTuple):
    """The third of triples by the first and the second, sorted in this order."""

    first: Ids
    second: Ids | Ints
    third: Ids | Ints

    @classmethod
    def of(cls, first: Ids, second: Ids | Ints, third: Ids | Ints) -> "_Index":
        order = np.lexsort((third, second, first))
        return cls(first[order], second[order], third[order])

    def find(self, first: int, second: int) -> Ids:
        low, high = np.searchsorted(self.first, (first, first + 1))
        start, stop = low + np.searchsorted(self.second[low:high], (second, second + 1))
        return np.unique(self.third[start:stop]).astype(np.int64)


class Ranked(NamedTuple):
    """Ranks of answers, and which of them are tied with a rival."""

    rank: Ranks
    tied: npt.NDArray[np.bool_]


def realistic_ranks(scores: npt.NDArray[np.floating], answers: Ids, known: Ids) -> Ranked:
    """The filtered rank of each answer by the scores of all entities.

    Args:
        scores: one for every entity, the larger the better
        answers: the entities to rank
        known: all right answers; none of them is a rival of another

    Raises :class:`ValueError` for a score that is no number: it could take any rank.
    """
    check_numbers(scores)
    own, right = scores[answers], np.sort(scores[np.union1d(known, answers)])
    rivals = np.sort(scores)
    above = _above(rivals, own) - _above(right, own)
    equal = _equal(rivals, own) - _equal(right, own)
    return Ranked(1 + above + equal / 2, equal > 0)


def check_numbers(scores: npt.NDArray[np.floating]) -> None:
    """Raise :class:`ValueError` for a score that is no number: it could take any rank."""
    if np.isnan(scores).any():
        raise ValueError("scores: expected numbers, found NaN")


def _above(ordered: npt.NDArray[np.floating], values: npt.NDArray[np.floating]) -> Ids:
    """How many of some sorted numbers are above each value."""
    return len(ordered) - np.searchsorted(ordered, values, side="right")


def _equal(ordered: npt.NDArray[np.floating], values: npt.NDArray[np.floating]) -> Ids:
    """How many of some sorted numbers are as each value."""
    return np.searchsorted(ordered, values, side="right") - np.searchsorted(ordered, values, side="left")


def relation_ranks(scores: npt.NDArray[np.floating], triples: TripleIds, known: TrueRelations | None) -> Ranked:
    """The rank of each triple's relation by the scores of all relations, ``[triples, relations]``.

    Other relations that are ``known`` to be right of the same entities are left out; none are
    where that is None (the raw rank).
    """
    rank, tied = np.empty(len(triples)), np.empty(len(triples), dtype=bool)
    for i, (head, relation, tail) in enumerate(zip(*(column.tolist() for column in triples.columns), strict=True)):
        right = np.empty(0, dtype=np.int64) if known is None else known.of(head, tail)
        rank[i : i + 1], tied[i : i + 1] = realistic_ranks(scores[i], np.array([relation]), right)
    return Ranked(rank, tied)


def rank_metrics(rank: Ranks) -> dict[str, float]:
    """Mean rank, mean reciprocal rank and Hits@k; the number of ranks they are means of."""
    if not len(rank):
        return {"ranks": 0}
    hits = {f"hits@{k}": float((rank <= k).mean()) for k in HITS}
    return {"mr": float(rank.mean()), "mrr": float((1 / rank).mean()), **hits, "ranks": len(rank)}
