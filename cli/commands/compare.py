"""Put runs side by side: does knowledge help, and could it be chance."""

from dataclasses import asdict
from pathlib import Path

import click

from cli import console
from cli.command import as_json, seed
from cli.command import command as kbert_command


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

    The first system is the baseline. The interval is that of the difference, from 2,000 samples of
    texts and seeds (paired bootstrap).

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
    rows = []
    for system in found.systems:
        difference = "" if system.difference is None else f"{system.difference:+.4f}"
        interval = "" if system.low is None or system.high is None else f"[{system.low:+.4f}, {system.high:+.4f}]"
        deviation = "" if system.deviation is None else f"± {system.deviation:.4f}"
        seeds = ", ".join(map(str, system.seeds))
        share = f"{system.linked_share:.1%}"
        rows.append((system.name, seeds, f"{system.mean:.4f}", deviation, difference, interval, share))
    header = ("system", "seeds", found.metric, "deviation", "difference", "95 % interval", "linked share")
    console.table(f"{found.metric} on {found.data}, {found.texts:,} texts", header, rows, right=(2, 3, 4, 5, 6))
    for verdict in found.verdicts:
        console.stdout().print(verdict)
