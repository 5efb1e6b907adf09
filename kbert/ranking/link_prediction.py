"""Link prediction: the rank of each triple's head and tail among all entities, wherever scores come from.

Distinct questions are cut into parts, in the order of their relations; a part is answered as a whole.
What parts there are hangs on the triples and on the answerer's ``at_once`` alone.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.tables import Ids
from kbert.ranking.cuts import Cuts, joined
from kbert.triples.ids import TripleIds
from kbert.triples.ranks import Queries, Ranks, TrueAnswers, realistic_ranks

Flags = npt.NDArray[np.bool_]

AT_ONCE = 2**24
"""Scores that are held together, where vectors are compared."""

AT_LEAST = 64
"""Questions that are answered together in the largest graphs, too: each time all vectors are gone through."""


def compared_at_once(entities: int) -> int:
    """Of how many questions the scores of all entities are held: :data:`AT_ONCE`, of :data:`AT_LEAST` questions."""
    return max(AT_LEAST, AT_ONCE // max(1, entities))


OnQuestions = Callable[[float], None]
"""Hears how many questions more were answered; parts of one count too."""


class Scored(NamedTuple):
    """Scores of all entities as the answer to each of some questions, the larger the better.

    ``triples`` counts those that an encoder has read for it. ``held`` says, where only some
    entities were looked at closely, whether each answer in question was among them; ``cut`` what of the
    texts there was no room for.
    """

    scores: npt.NDArray[np.floating]
    """``[questions, entities]``"""
    triples: int
    held: Flags | None = None
    cut: Cuts = MappingProxyType({})


@runtime_checkable
class Answerer(Protocol):
    """What gives scores to all entities as answers to questions."""

    @property
    def at_once(self) -> int:
        """How many questions it is asked at once, at most: bounds the memory, and what a kill costs."""

    def __call__(self, queries: Queries, known: TrueAnswers, on_questions: OnQuestions) -> Scored:
        """Answer distinct questions. ``known`` tells all right answers, of which none is a rival of another."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Ranks of the answers in question of some questions, and the flags of each; where each belongs.

    ``place`` counts the heads of all triples, then their tails; the ranking of all triples is in
    that order. ``triples``, ``held`` and ``cut`` are as in :class:`Scored`.
    """

    place: Ids
    rank: Ranks
    tied: Flags
    triples: int
    held: Flags | None
    cut: Cuts = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Iterable["Ranking"]) -> "Ranking":
        """Several as one, in the order of their places."""
        some = list(parts)
        place = np.concatenate([part.place for part in some])
        order = np.argsort(place)
        held = [part.held for part in some if part.held is not None]
        return cls(
            place[order],
            np.concatenate([part.rank for part in some])[order],
            np.concatenate([part.tied for part in some])[order],
            sum(part.triples for part in some),
            np.concatenate(held)[order] if held else None,
            joined(part.cut for part in some),
        )

    def to_table(self) -> pa.Table:
        """As a part is kept on disk: a row for each answer in question."""
        columns = {"place": self.place, "rank": self.rank, "tied": self.tied}
        if self.held is not None:
            columns["held"] = self.held
        return pa.table(columns).replace_schema_metadata(
            {"triples": str(self.triples), "cut": json.dumps(dict(self.cut))}
        )

    @classmethod
    def from_table(cls, table: pa.Table) -> "Ranking":
        """What :meth:`to_table` gave, whatever other columns there are."""
        place, rank, tied = (table[name].to_numpy() for name in ("place", "rank", "tied"))
        held = table["held"].to_numpy() if "held" in table.column_names else None
        return cls(place, rank, tied, int(table.schema.metadata[b"triples"]), held, cut_of(table))


def cut_of(table: pa.Table) -> Cuts:
    """What was cut for a part that is kept on disk."""
    return {kind: (count, pieces) for kind, (count, pieces) in json.loads(table.schema.metadata[b"cut"]).items()}


def rank_all(
    answerer: Answerer,
    triples: TripleIds,
    true: TripleIds,
    *,
    on_questions: OnQuestions = lambda questions: None,
) -> Ranking:
    """Rank the head and the tail of each triple among all entities, those of other ``true`` triples left out."""
    known = TrueAnswers(true)
    return Ranking.of(rank_part(answerer, part, known, on_questions) for part in parts(triples, answerer.at_once))


def parts(triples: TripleIds, size: int) -> Iterator[Queries]:
    """The distinct questions of triples, by relation, so many at a time.

    Questions about one relation stand together: those about heads and about tails share triples.
    """
    queries = Queries.of(triples)
    order = np.argsort(queries.asked.relation, kind="stable")
    for start in range(0, len(order), size):
        yield queries.where(order[start : start + size])


def rank_part(answerer: Answerer, queries: Queries, known: TrueAnswers, on_questions: OnQuestions) -> Ranking:
    """Rank the answers in question of one part."""
    scores, read, held, cut = answerer(queries, known, on_questions)
    rank, tied = np.empty(len(queries.answers)), np.empty(len(queries.answers), dtype=bool)
    for question in range(len(queries)):
        own = queries.own(question)
        right = queries.right(question, known)
        rank[own], tied[own] = realistic_ranks(scores[question], queries.answers[own], right)
    return Ranking(queries.place, rank, tied, read, held, cut)
