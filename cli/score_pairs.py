"""Scoring pairs of entities, for ``kbert score``: which relations they are asked about."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cli.options import with_options

if TYPE_CHECKING:
    from kbert.scoring.judging import Tally
    from kbert.scoring.pair_plan import PairPlan

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
    """The options of a command that become :class:`PairOptions`."""
    return with_options(function, _OPTIONS)


class PairOptions(NamedTuple):
    """What was said of pairs on the command line."""

    relations: str | None
    both_ways: bool
    relation_run: Path | None
    top: int | None
    best: bool

    def check(self) -> None:
        """Raise ``click.UsageError`` for options that do not fit together."""
        if self.relations is None and self != PairOptions(None, False, None, None, False):
            raise click.UsageError("--both-ways, --relation-run, --top and --best are for pairs: say --relations")
        if self.both_ways and self.relations != ALL:
            raise click.UsageError("--both-ways is for --relations all: a table of phrases tells directions itself")
        if self.top is not None and self.relation_run is None:
            raise click.UsageError("--top says how many relations --relation-run chooses: name that run")

    def plan(self) -> "PairPlan | None":
        """What that comes to; None where rows are triples."""
        from kbert.scoring.pair_plan import PairPlan

        if self.relations is None:
            return None
        return PairPlan(self.relations, self.both_ways, self.relation_run, self.top or TOP, self.best)

    def told(self, tally: "Tally") -> list[str]:
        """How many rows and triples there were, as sentences."""
        if self.relations is None:
            return [f"{tally.rows:,} triples scored"]
        unknown = f", {tally.unknown:,} of them with a phrase of unknown meaning" if tally.unknown else ""
        likeliest = f"in question, the {self.top or TOP} likeliest of each pair scored"
        scored = "scored" if self.relation_run is None else likeliest
        return [f"{tally.pairs:,} pairs{unknown}", f"{tally.rows:,} triples {scored}"]
