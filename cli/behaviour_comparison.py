"""Putting runs on behaviour side by side, for ``kbert compare``."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from cli import console
from cli.results import difference_cell, interval_cell, mean_cell

AMONG = {"kept": "items seen kept", "excluded": "items seen excluded", "sampled": "among items drawn"}


def compare_behaviour(runs: Sequence[Path], data: str, *, exclude_seen: bool, seed: int, as_json: bool) -> None:
    """A table for each metric, a row for each system, and popularity's; what may be said beneath."""
    from kbert.compare_recommenders import METRICS, compare_recommenders
    from kbert.recommender_runs import RecommenderRun

    opened = [RecommenderRun(run) for run in runs]
    found = compare_recommenders(opened, data=data, seen="excluded" if exclude_seen else "kept", seed=seed)
    if as_json:
        console.print_json(asdict(found))
        return
    for metric in METRICS:
        rows = []
        for system in found.systems:
            figure = system.figures[metric]
            rows.append(
                (
                    system.name,
                    ", ".join(map(str, system.seeds)),
                    mean_cell(figure.mean, figure.deviation),
                    interval_cell(figure.low, figure.high, ""),
                    difference_cell(figure.difference),
                    interval_cell(figure.difference_low, figure.difference_high),
                )
            )
        header = ("system", "seeds", metric, "95 % interval", "difference", "95 % interval")
        title = f"{metric} on {found.data}, {found.users:,} users, {AMONG[found.rivals]}"
        console.table(title, header, rows, right=(2, 3, 4, 5))
    for line in (found.protocol, *found.verdicts, *(f"({note})" for note in found.notes)):
        console.line(line)
