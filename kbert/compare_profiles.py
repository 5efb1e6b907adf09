"""Runs that tell profiles of users side by side, with saying of everybody the same and with what chance could do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphs.errors import OptionsError
from graphs.manifests import Shape
from kbert.claims import single_seeds
from kbert.paired_figures import Gains, figures_of, verdict
from kbert.recommender_runs import RecommenderRun
from kbert.recommender_systems import RecommenderSystem, check_alike, grouped, names_of, systems_of
from kbert.run_files import read_predictions

SIMPLEST = "most frequent, or mean"

ERROR, ACCURACY = "mean error", "accuracy"

_KEPT: Shape = {"protocol": str, "profiles": [{"user": str, "gold": {}, "said": {}, "simplest": {}}]}


@dataclass(frozen=True)
class ProfileComparison:
    """Systems on the same users, and what may be said of them."""

    data: str
    users: dict[str, int]
    """By metric of how many users it is: those of whom the attribute is known."""
    protocol: str
    systems: list[RecommenderSystem]
    """In order of first appearance; what says of everybody the same is the last."""
    verdicts: list[str]
    notes: list[str]


def compare_profiles(runs: Sequence[RecommenderRun], *, data: str = "test", seed: int = 0) -> ProfileComparison:
    """Compare runs by the profiles that ``kbert evaluate`` kept as ``data``; the first run's system is the baseline.

    Of a category it is accuracy, of a number the mean error. Runs alike in all but the seed are one system. Raises
    :class:`OptionsError` for runs on other behaviour or other users, and for one that is named twice;
    :class:`StoreError` for runs that were not measured.
    """
    for run in runs:
        run.check_task("profile")
    read = [read_predictions(run.folder, data, _KEPT) for run in runs]
    for run, one in zip(runs, read, strict=True):
        check_alike(run, one, runs[0], read[0], "profiles")
        if [row["gold"] for row in one["profiles"]] != [row["gold"] for row in read[0]["profiles"]]:
            raise OptionsError(f"{run.folder} was not asked for the same attributes as {runs[0].folder}")
    groups = [*grouped(runs), [len(runs)]]
    gained = [_gains(one["profiles"], "said") for one in read] + [_gains(read[0]["profiles"], "simplest")]
    figures = figures_of(gained, groups, seed)
    first = [runs[members[0]] for members in groups[:-1]]
    names = [*names_of(first), SIMPLEST]
    systems = systems_of(runs, groups, names, figures)
    verdicts = [
        verdict(system.name, system.figures[metric], names[0], metric, errors=metric.endswith(ERROR))
        for metric in figures
        for system in systems[1:]
    ]
    users = {metric: len(gained[0][metric]) for metric in figures}
    notes = single_seeds([system.seeds for system in systems[:-1]])
    return ProfileComparison(data, users, read[0]["protocol"], systems, verdicts, notes)


def _gains(rows: Sequence[Mapping[str, Any]], what: str) -> dict[str, Gains]:
    """By metric what each user adds of whom the attribute is known: 1 for what is right, or the error of a number."""
    found: dict[str, list[float]] = {}
    for row in rows:
        for name, gold in row["gold"].items():
            told = row[what][name]
            if isinstance(gold, str):
                found.setdefault(f"{name} {ACCURACY}", []).append(float(told == gold))
            else:
                found.setdefault(f"{name} {ERROR}", []).append(abs(told - gold))
    return {metric: np.array(values) for metric, values in found.items()}
