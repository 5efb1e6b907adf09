"""What pairs of entities are asked about: which relations, chosen by whom, and what is kept of the answers."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphs import phrase_map
from graphs.errors import OptionsError
from graphs.manifests import checksum
from graphs.options import check_range
from graphs.types import EntityText
from kbert.scoring.judges import judge_of
from kbert.scoring.pairing import AllRelations, ByPhrase, Likeliest, Pairing
from kbert.triple_runs import TripleRun

ALL = "all"
TOP = 3


@dataclass(frozen=True)
class PairPlan:
    """How rows that are pairs become triples.

    Args:
        relations: ``all`` that the run has learnt, or a file that says which a phrase means
        both_ways: with all: also ask with head and tail the other way round
        relation_run: the folder of a run of the task ``relation``; of the relations of a pair only the likeliest by it
            are asked about
        top: how many those are
        best: keep of each pair only the triple of the largest margin

    Raises :class:`OptionsError` for options that do not fit together.
    """

    relations: str = ALL
    both_ways: bool = False
    relation_run: Path | None = None
    top: int = TOP
    best: bool = False

    def __post_init__(self) -> None:
        """Refuse what would be without effect, and what nobody can read twice."""
        check_range("top", self.top, 1)
        if self.both_ways and self.relations != ALL:
            raise OptionsError("both ways are for all relations: a table of phrases tells directions itself")
        if self.top != TOP and self.relation_run is None:
            raise OptionsError("top says how many relations another run chooses: name that run")

    @property
    def chooser(self) -> TripleRun | None:
        """The run that chooses relations."""
        return None if self.relation_run is None else TripleRun(self.relation_run)

    def in_use(self) -> AbstractContextManager[None]:
        """Keeps trainings away from the run that chooses relations."""
        return nullcontext() if self.chooser is None else self.chooser.in_use()

    def pairing(self, run: TripleRun, columns: Sequence[str]) -> Pairing:
        """What makes triples of pairs for a run; ``columns`` are those that are passed on with pairs."""
        if self.relations == ALL:
            return AllRelations(run.relations(), both_ways=self.both_ways)
        return ByPhrase(phrase_map.read(self.relations, run.relations()), columns)

    def likeliest(self, run: TripleRun, kg: str | None, labels: Iterable[EntityText]) -> Likeliest | None:
        """What chooses among the triples of a pair, where another run is to.

        Raises :class:`OptionsError` if that has not learnt every relation of ``run``.
        """
        chooser = self.chooser
        if chooser is None:
            return None
        known = set(chooser.relations())
        missing = next((name for name in run.relations() if name not in known), None)
        if missing is not None:
            raise OptionsError(f"{chooser.folder} has not learnt {missing!r}, which {run.folder} has")
        return Likeliest(judge_of(chooser, kg, labels=labels), self.top)

    def depends_on(self) -> dict[str, Any]:
        """All that answers depend on, as JSON values."""
        told: dict[str, Any] = {"both_ways": self.both_ways, "best": self.best}
        told["relations"] = ALL if self.relations == ALL else checksum(Path(self.relations))
        if self.chooser is not None:
            told |= {"relation_run": self.chooser.computed_by, "top": self.top}
        return told
