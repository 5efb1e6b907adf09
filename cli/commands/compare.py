"""Put runs side by side: does knowledge help, what does a recommender gain, and could it be chance."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import console
from cli.behaviour_comparison import compare_behaviour
from cli.command import command as kbert_command
from cli.options import as_json, refuse_idle, seed
from cli.results import difference_cell, interval_cell, mean_cell

if TYPE_CHECKING:
    from kbert.claims import System


@kbert_command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option(
    "--on",
    "data",
    help="Name of the predictions to compare: dev (the default), or a --name of kbert evaluate; of runs on behaviour "
    "test (the default) or dev.",
)
@click.option("--metric", help="Of runs on texts: another metric than the one that chose the epoch, such as macro_f1.")
@click.option("--exclude-seen", is_flag=True, help="Of runs on behaviour: without the rivals that a user had before.")
@seed
@as_json
def command(
    runs: tuple[Path, ...], data: str | None, metric: str | None, exclude_seen: bool, seed: int, as_json: bool
) -> None:
    """Compare runs measured on the same texts or users; runs that differ in their seed alone are one system.

    The first system is the baseline: of runs on texts name one first that
    reads the text alone (bert). The interval is that of the difference, from
    2,000 samples of texts or users and seeds (paired bootstrap).

    \b
    Examples:
      kbert compare runs/bert-* runs/kbert-* runs/shuffled-*
      kbert compare runs/uprec-* runs/causal-*
    """
    from kbert.run_files import BEHAVIOUR_FORMAT, run_format

    if run_format(runs[0]) == BEHAVIOUR_FORMAT:
        refuse_idle({"metric": f"is for runs on texts, and {runs[0]} is none"})
        compare_behaviour(runs, data or "test", exclude_seen=exclude_seen, seed=seed, as_json=as_json)
        return
    refuse_idle({"exclude_seen": f"is for runs on behaviour, and {runs[0]} is none"})
    _compare_texts(runs, data or "dev", metric, seed, as_json)


def _compare_texts(runs: tuple[Path, ...], data: str, metric: str | None, seed: int, as_json: bool) -> None:
    """Compare runs on texts: does knowledge help."""
    from kbert.compare import compare
    from kbert.runs import Run

    found = compare([Run(run) for run in runs], data=data, metric=metric, seed=seed)
    if as_json:
        console.print_json(asdict(found))
        return
    header = ("system", "seeds", found.metric, "difference", "95 % interval", "linked")
    rows = [_row(system) for system in found.systems]
    console.table(f"{found.metric} on {found.data}, {found.texts:,} texts", header, rows, right=(2, 3, 4, 5))
    console.line(found.protocol)
    for verdict in found.verdicts:
        console.line(verdict)
    for note in found.notes:
        console.line(f"({note})")


def _row(system: "System") -> tuple[str, ...]:
    """A system as cells; what is not known, or does not count, stays empty."""
    return (
        system.name,
        ", ".join(map(str, system.seeds)),
        mean_cell(system.mean, system.deviation),
        difference_cell(system.difference),
        "no knowledge was injected" if system.no_knowledge else interval_cell(system.low, system.high),
        "" if system.linked_share is None else f"{system.linked_share:.1%}",
    )
