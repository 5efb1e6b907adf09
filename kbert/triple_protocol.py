"""How a figure over triples was come by: what the run has seen of them, and a sentence beside the figure."""

from typing import Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from graphs.errors import StoreError
from graphs.knowledge import KnowledgeGraph
from kbert.triple_runs import TripleRun
from kbert.triples.data import TripleData
from kbert.triples.ids import LEARNT, LabelledIds, TripleIds, triples_of
from kbert.triples.negatives import TripleSet

Bools = npt.NDArray[np.bool_]

Told = Literal["surely", "by a changed graph", "not at all"]
"""How what a run has seen is known: by the graph of its training, by what that is now, or no more."""


class TripleStanding(NamedTuple):
    """How triples stand to a run: which of them it has learnt, on which its epoch was chosen.

    ``against`` are those of which train says the contrary; ``told`` says how all this is known.
    """

    learnt: Bools
    chosen: Bools
    against: Bools
    told: Told

    @property
    def seen(self) -> Bools:
        """Those that train has, whatever it calls them."""
        return np.asarray(self.learnt | self.against)


class Trained(NamedTuple):
    """The graph that a run was trained on, and whether it was changed since; None where it is gone."""

    kg: KnowledgeGraph | None
    changed: bool

    @classmethod
    def of(cls, run: TripleRun, kg: str | None = None) -> "Trained":
        """That of a run: where it was, or in the folder ``kg`` if it was moved there."""
        known = run.described["kg"]
        there = None
        for folder in (known["folder"], kg):
            try:
                found = None if folder is None else KnowledgeGraph.open(folder)
            except StoreError:
                continue
            if found is not None and found.checksum == known["digest"]:
                return cls(found, changed=False)
            there = there or (found if folder == known["folder"] else None)
        return cls(there, changed=there is not None)


@runtime_checkable
class MeasuredTriples(Protocol):
    """Triples that a figure is of."""

    def __len__(self) -> int:
        """The number of triples."""
        ...

    @property
    def is_true(self) -> Bools:
        """Which of them are held for true."""
        ...

    def ids(self, kg: KnowledgeGraph) -> TripleIds:
        """Them by the ids of a graph; −1 for what it does not have."""
        ...


def standing(data: MeasuredTriples, trained: Trained) -> TripleStanding:
    """How triples stand to a run, as far as the graph of its training tells."""
    kg = trained.kg
    if kg is None:
        none = np.zeros(len(data), dtype=bool)
        return TripleStanding(none, none, none, "not at all")
    ids, is_true = data.ids(kg), data.is_true
    train, dev = triples_of(kg, *LEARNT), triples_of(kg, "dev")
    same, contrary = _held(kg, ids, is_true, train), _held(kg, ids, ~is_true, train)
    told: Told = "by a changed graph" if trained.changed else "surely"
    return TripleStanding(same, _held(kg, ids, is_true, dev), contrary, told)


def _held(kg: KnowledgeGraph, ids: TripleIds, is_true: Bools, part: LabelledIds) -> Bools:
    """Which triples a part of the graph has with the same label."""
    known = (ids.head >= 0) & (ids.relation >= 0) & (ids.tail >= 0)
    found = np.zeros(len(ids), dtype=bool)
    for triples, wanted in ((part.true, is_true), (part.false, ~is_true)):
        asked = known & wanted
        found[asked] = TripleSet(triples, len(kg), len(kg.relations)).holds(ids.where(asked))
    return found


def sentence(what: str, data: TripleData, how: TripleStanding, *, left_out: int = 0, fitted: bool = False) -> str:
    """What figures were measured on, and what had been learnt from it or chosen by it.

    ``left_out`` are triples that are not measured on because the run has learnt them; ``fitted`` says
    that thresholds were fitted on dev.
    """
    true = int(data.is_true.sum())
    triples = f"{true:,} true and {len(data) - true:,} false triples of {data.name}"
    if left_out:
        triples += f" but the {left_out:,} that it was trained on"
    told = caveats(how, fitted=fitted)
    if data.drawn:
        drawn = f"{data.drawn} for each true one, none of them true in the graph, seed {data.seed}"
        told.append(f"the false ones were drawn: {drawn}")
    return f"{what} over {triples} ({'; '.join(told)})"


def caveats(how: TripleStanding, *, fitted: bool = False) -> list[str]:
    """What a run had seen of triples before it was measured on them."""
    told, total = [], len(how.learnt)
    learnt, chosen, against = (int(which.sum()) for which in (how.learnt, how.chosen, how.against))
    if chosen:
        done = "the epoch was chosen, and thresholds were fitted," if fitted else "the epoch was chosen"
        told.append(f"dev: {done} on {_of(chosen, total)}")
    if learnt:
        told.append(f"the model was trained on {_of(learnt, total)}")
    if against:
        told.append(f"train says the contrary of {_of(against, total)}")
    if how.told == "not at all":
        told.append("whether the model has seen them is not known: the knowledge graph of the training is gone")
    elif how.told == "by a changed graph":
        told.append("as far as the knowledge graph of the training tells, which was changed since")
    if not (learnt or chosen or against or how.told == "not at all"):
        told.append("held out: nothing was learnt from them or chosen on them")
    return told


def _of(some: int, total: int) -> str:
    return "them" if some == total else f"{some:,} of them"
