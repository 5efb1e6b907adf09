"""Which triples of a graph are ranked, against which true ones, and how that is put in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graphs.errors import DataError
from graphs.knowledge import KnowledgeGraph
from graphs.options import check_choice, check_range
from graphs.triples import SPLITS
from kbert.triple_protocol import TripleStanding, caveats
from kbert.triples.ids import LEARNT, TripleIds, named, triples_of
from kbert.wording import drawn_of


@dataclass(frozen=True, eq=False)
class RankedTriples:
    """True triples of a split, or some of them drawn at random, with all that is known to be true.

    ``total`` are there of the split of the graph.
    """

    kg: KnowledgeGraph
    split: str
    triples: TripleIds
    total: int
    seed: int
    true: TripleIds
    filters: tuple[str, ...]
    """The splits that the true ones are of."""

    @classmethod
    def of(cls, kg: KnowledgeGraph, split: str, *, limit: int | None = None, seed: int = 0) -> "RankedTriples":
        """The true triples of a split; with ``limit`` so many of them, in their order.

        Raises :class:`DataError` where there is none.
        """
        check_choice("split", split, SPLITS[1:])
        if limit is not None:
            check_range("limit", limit, 1)
        counts = {name: len(triples_of(kg, name).true) for name in SPLITS}
        every = triples_of(kg, *(LEARNT if split == "train" else (split,))).true
        if not len(every):
            there = [f"{count:,} of {_named(name)}" for name, count in counts.items() if count]
            raise DataError(kg.folder, None, f"true triples of the split {split}", ", ".join(there) or "none at all")
        chosen = every
        if limit is not None and limit < len(every):
            chosen = every.where(np.sort(np.random.default_rng((seed, 3)).permutation(len(every))[:limit]))
        true = np.unique(np.stack(triples_of(kg, *SPLITS).true.columns), axis=1)
        filters = tuple(name for name in SPLITS if counts[name])
        return cls(kg, split, chosen, len(every), seed, TripleIds.of(*true), filters)

    def __len__(self) -> int:
        """The number of triples that are ranked."""
        return len(self.triples)

    @property
    def is_true(self) -> npt.NDArray[np.bool_]:
        """All of them are true."""
        return np.ones(len(self), dtype=bool)

    def ids(self, kg: KnowledgeGraph) -> TripleIds:
        """Those that are ranked by the ids of another graph; −1 for what it does not have."""
        if kg.checksum == self.kg.checksum:
            return self.triples
        numbers = {name: number for number, name in enumerate(kg.relations)}
        relation = np.array([numbers.get(name, -1) for name in self.kg.relations], np.int32)
        head, tail = (kg.ids(self.kg.names(ids).to_pylist()) for ids in (self.triples.head, self.triples.tail))
        return TripleIds.of(head, relation[self.triples.relation], tail)

    def first(self, which: npt.NDArray[np.bool_]) -> list[str] | None:
        """The first of some of those that are ranked, by name; None where there is none."""
        return named(self.kg, self.triples.where(np.flatnonzero(which)[:1]))

    @property
    def described(self) -> dict[str, Any]:
        """Which triples of a graph they are, as JSON."""
        drawn = len(self.triples) < self.total
        limit, seed = (len(self.triples), self.seed) if drawn else (None, None)
        return {"split": self.split, "limit": limit, "seed": seed}

    def sentence(self, metric: str, how: TripleStanding, *, sides: str = "", way: Sequence[str] = ()) -> str:
        """How a metric was come by, and ``how`` the triples stand to the run; ``way`` says what else to know of it."""
        which = drawn_of(len(self), self.total, self.seed)
        *others, last = map(_named, self.filters)
        filters = f"{', '.join(others)} and {last}" if others else last
        return "; ".join(
            [
                f"{metric} over {which} triples of the split {self.split}{sides}, "
                f"filtered by {len(self.true):,} true triples of {filters}",
                "realistic ranks",
                *way,
                *caveats(how),
            ]
        )


def _named(split: str) -> str:
    return split or "no split"
