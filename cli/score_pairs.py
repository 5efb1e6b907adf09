"""Scoring pairs of entities, for ``kbert score``: which relations they are asked about."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cli.options import with_options

if TYPE_CHECKING:
    from graphs.errors import OnBad
    from graphs.questions import Question
    from graphs.types import EntityText
    from kbert.pair_parts import Chosen, PairPart
    from kbert.pairing import Likeliest, Pairing
    from kbert.scoring import Part, Scorer, Tally
    from kbert.triple_runs import TripleRun

ALL = "all"
TOP = 3

_OPTIONS = [
    click.option(
        "--relations",
        metavar="all|FILE",
        help="Rows are pairs without a relation: ask about all relations of the run, or about those that their phrase "
        "means by a table of phrase, relation, direction.",
    ),
    click.option("--both-ways", is_flag=True, help="With all relations: also ask with head and tail changed over."),
    click.option(
        "--relation-run",
        type=click.Path(path_type=Path),
        metavar="RUN",
        help="Ask only about the relations of a pair that this run (of the task relation) holds for the likeliest.",
    ),
    click.option(
        "--top", type=click.IntRange(1), metavar="K", help=f"How many relations the other run chooses (else {TOP})."
    ),
    click.option("--best", is_flag=True, help="Of each pair write only the triple of the largest margin."),
]


def pair_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that become :class:`Pairs`."""
    return with_options(function, _OPTIONS)


class Pairs(NamedTuple):
    """What was said of pairs on the command line."""

    relations: str | None
    both_ways: bool
    relation_run: Path | None
    top: int | None
    best: bool

    def check(self) -> None:
        """Raise ``click.UsageError`` for options that do not fit together."""
        if self.relations is None and self != Pairs(None, False, None, None, False):
            raise click.UsageError("--both-ways, --relation-run, --top and --best are for pairs: say --relations")
        if self.both_ways and self.relations != ALL:
            raise click.UsageError("--both-ways is for --relations all: a table of phrases tells directions itself")
        if self.top is not None and self.relation_run is None:
            raise click.UsageError("--top says how many relations --relation-run chooses: name that run")

    def pairing(self, run: "TripleRun", columns: Sequence[str]) -> "Pairing | None":
        """What makes triples of pairs, where rows are pairs; ``columns`` are those that are passed on with them."""
        from graphs import phrase_map
        from kbert.pairing import AllRelations, ByPhrase

        if self.relations is None:
            return None
        if self.relations == ALL:
            return AllRelations(run.relations(), both_ways=self.both_ways)
        return ByPhrase(phrase_map.read(self.relations, run.relations()), columns)

    def likeliest(self, run: "TripleRun", kg: str | None, labels: "Iterable[EntityText]") -> "Likeliest | None":
        """What chooses among the triples of a pair, where another run is to."""
        from graphs.errors import OptionsError
        from kbert.pairing import Likeliest
        from kbert.score_run import scorer_of
        from kbert.triple_runs import TripleRun

        if self.relation_run is None:
            return None
        chooser = TripleRun(self.relation_run)
        known = set(chooser.relations())
        missing = next((name for name in run.relations() if name not in known), None)
        if missing is not None:
            raise OptionsError(f"{self.relation_run} has not learnt {missing!r}, which {run.folder} has")
        return Likeliest(scorer_of(chooser, kg, labels=labels), self.top or TOP)

    def parts(
        self,
        scorer: "Scorer",
        pairing: "Pairing | None",
        likeliest: "Likeliest | None",
        rows: "Iterator[Question]",
        *,
        accept: float | None,
        size: int,
        bad: "OnBad",
        tally: "Tally",
    ) -> "Iterator[Chosen]":
        """What is wanted of rows, some at a time."""
        from kbert.pair_parts import Chosen, in_pair_parts
        from kbert.scoring import in_parts

        if pairing is None:
            found: Iterator[Part | PairPart] = in_parts(scorer, rows, size=size, bad=bad, tally=tally)
        else:
            found = in_pair_parts(scorer, pairing, rows, size=size, bad=bad, tally=tally, likeliest=likeliest)
        return (Chosen(part, self.best, accept) for part in found)

    def told(self, tally: "Tally") -> list[str]:
        """How many rows and triples there were, as sentences."""
        if self.relations is None:
            return [f"{tally.rows:,} triples scored"]
        unknown = f", {tally.unknown:,} of them with a phrase of unknown meaning" if tally.unknown else ""
        likeliest = f"in question, the {self.top or TOP} likeliest of each pair scored"
        scored = "scored" if self.relation_run is None else likeliest
        return [f"{tally.pairs:,} pairs{unknown}", f"{tally.rows:,} triples {scored}"]

    def made_with(self) -> dict[str, Any]:
        """All of it that answers depend on, as JSON values."""
        from graphs.manifests import checksum
        from kbert.triple_runs import TripleRun

        told: dict[str, Any] = {"both_ways": self.both_ways, "best": self.best}
        if self.relations is not None:
            told["relations"] = ALL if self.relations == ALL else checksum(Path(self.relations))
        if self.relation_run is not None:
            told |= {"relation_run": TripleRun(self.relation_run).computed_by, "top": self.top or TOP}
        return told
