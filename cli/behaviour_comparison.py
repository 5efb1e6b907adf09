"""Putting runs on behaviour side by side, for ``kbert compare``."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cli import console
from cli.options import refuse_idle
from cli.results import difference_cell, interval_cell, mean_cell

if TYPE_CHECKING:
    from kbert.recommender_runs import RecommenderRun
    from kbert.recommender_systems import RecommenderSystem

AMONG = {"kept": "items seen kept", "excluded": "items seen excluded", "sampled": "among items drawn"}


def compare_behaviour(runs: Sequence[Path], data: str, *, exclude_seen: bool, seed: int, as_json: bool) -> None:
    """A table for each metric, a row for each system, and that of what is simplest; what may be said beneath."""
    from kbert.recommender_runs import RecommenderRun

    opened = [RecommenderRun(run) for run in runs]
    if opened[0].task == "profile":
        refuse_idle({"exclude_seen": f"is for runs that recommend, and {runs[0]} tells profiles"})
        _compare_profiles(opened, data, seed=seed, as_json=as_json)
    else:
        _compare_next_items(opened, data, exclude_seen=exclude_seen, seed=seed, as_json=as_json)


def _compare_next_items(
    runs: "Sequence[RecommenderRun]", data: str, *, exclude_seen: bool, seed: int, as_json: bool
) -> None:
    from kbert.compare_recommenders import METRICS, compare_recommenders

    found = compare_recommenders(runs, data=data, seen="excluded" if exclude_seen else "kept", seed=seed)
    if as_json:
        console.print_json(asdict(found))
        return
    for metric in METRICS:
        _table(f"{metric} on {found.data}, {found.users:,} users, {AMONG[found.rivals]}", metric, found.systems)
    _beneath(found.protocol, found.verdicts, found.notes)


def _compare_profiles(runs: "Sequence[RecommenderRun]", data: str, *, seed: int, as_json: bool) -> None:
    from kbert.compare_profiles import compare_profiles

    found = compare_profiles(runs, data=data, seed=seed)
    if as_json:
        console.print_json(asdict(found))
        return
    for metric, users in found.users.items():
        _table(f"{metric} on {found.data}, {users:,} users", metric, found.systems)
    _beneath(found.protocol, found.verdicts, found.notes)


def _table(title: str, metric: str, systems: "Sequence[RecommenderSystem]") -> None:
    rows = []
    for system in systems:
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
    console.table(title, header, rows, right=(2, 3, 4, 5))


def _beneath(protocol: str, verdicts: Sequence[str], notes: Sequence[str]) -> None:
    for line in (protocol, *verdicts, *(f"({note})" for note in notes)):
        console.line(line)
