"""Which triples of a graph are ranked, against which true ones, and how that is put in a sentence."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from graphs.errors import DataError
from graphs.knowledge import KnowledgeGraph
from graphs.options import check_choice, check_range
from graphs.triples import SPLITS
from kbert.negatives import TripleSet
from kbert.triple_ids import TripleIds, triples_of

LEARNT = ("", "train")
"""The splits that are learnt, as one called train."""


@dataclass(frozen=True, eq=False)
class RankedTriples:
    """True triples of a split, or some of them drawn at random, with all that is known to be true.

    ``total`` are there of the split, ``leaks`` of those ranked stand in train too.
    """

    split: str
    triples: TripleIds
    total: int
    seed: int
    true: TripleIds
    filters: tuple[str, ...]
    """The splits that the true ones are of."""
    leaks: int

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
        learnt = TripleSet(triples_of(kg, *LEARNT).true, len(kg), len(kg.relations))
        leaks = 0 if split == "train" else int(np.count_nonzero(learnt.holds(chosen)))
        filters = tuple(name for name in SPLITS if counts[name])
        return cls(split, chosen, len(every), seed, TripleIds.of(*true), filters, leaks)

    @property
    def described(self) -> dict[str, Any]:
        """Which triples of a graph they are, as JSON."""
        drawn = len(self.triples) < self.total
        limit, seed = (len(self.triples), self.seed) if drawn else (None, None)
        return {"split": self.split, "limit": limit, "seed": seed}

    def sentence(self, metric: str, *, sides: str = "", same_graph: bool = True) -> str:
        """How a metric was come by. ``same_graph``: the run was trained on this graph."""
        count, total = len(self.triples), self.total
        which = f"{count:,}" if count == total else f"{count:,} (drawn with seed {self.seed}) of the {total:,}"
        *others, last = map(_named, self.filters)
        filters = f"{', '.join(others)} and {last}" if others else last
        return "; ".join(
            [
                f"{metric} over {which} triples of the split {self.split}{sides}, "
                f"filtered by {len(self.true):,} true triples of {filters}",
                "realistic ranks",
                *self._caveats(same_graph),
            ]
        )

    def _caveats(self, same_graph: bool) -> list[str]:
        """What the run knew of the triples beforehand."""
        said = []
        if not same_graph:
            said.append("another graph than that of the training, so what the run has learnt of it is not known")
        elif self.split == "train":
            said.append("the model was trained on them")
        elif self.split == "dev":
            said.append("dev: the epoch was chosen on them")
        if self.leaks:
            said.append(f"{self.leaks:,} of them stand in train too")
        return said


def _named(split: str) -> str:
    return split or "no split"
