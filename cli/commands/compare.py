"""Put runs side by side: does knowledge help, and could it be chance."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import console
from cli.command import command as kbert_command
from cli.options import as_json, seed

if TYPE_CHECKING:
    from kbert.claims import System


@kbert_command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option(
    "--on",
    "data",
    default="dev",
    show_default=True,
    help="Name of the predictions to compare: dev, or a --name of kbert evaluate.",
)
@seed
@as_json
def command(runs: tuple[Path, ...], data: str, seed: int, as_json: bool) -> None:
    """Compare runs measured on the same texts; runs that differ in their seed alone are one system.

    The first system is the baseline: name one that reads the text alone (bert) first. The interval is that
    of the difference, from 2,000 samples of texts and seeds (paired bootstrap).

    \b
    Example:
      kbert compare runs/bert-* runs/kbert-* runs/shuffled-*
    """
    from kbert.compare import compare
    from kbert.runs import Run

    found = compare([Run(run) for run in runs], data=data, seed=seed)
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
    low, high = system.low, system.high
    interval = "" if low is None or high is None else f"[{low:+.4f}, {high:+.4f}]"
    return (
        system.name,
        ", ".join(map(str, system.seeds)),
        f"{system.mean:.4f}" + ("" if system.deviation is None else f" ± {system.deviation:.4f}"),
        "" if system.difference is None else f"{system.difference:+.4f}",
        "no knowledge was injected" if system.no_knowledge else interval,
        "" if system.linked_share is None else f"{system.linked_share:.1%}",
    )
