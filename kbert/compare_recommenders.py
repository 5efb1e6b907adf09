"""Runs on behaviour side by side on the same users, with popularity and with what chance could do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphs.errors import OptionsError, StoreError
from graphs.manifests import Shape, check_shape
from kbert.behaviour.ranks import Ranks, Rivals, Seen, gains
from kbert.bootstrap import bootstrap, interval
from kbert.claims import single_seeds
from kbert.recommender_runs import RANKS, RecommenderRun
from kbert.recommender_systems import grouped, names_of, options_of
from kbert.run_files import predictions_path, read_predictions

METRICS = ("ndcg@10", "recall@10", "mrr")
"""What systems are compared by; verdicts are of the first."""

POPULARITY = "popularity"

_KEPT: Shape = {"protocol": str, "ranks": [{"user": str}]}
_RANKS: Shape = {"ranks": [{name: str if name == "user" else float for name in RANKS}]}


@dataclass(frozen=True)
class Figure:
    """A metric of a system."""

    values: list[float]
    """That of each seed."""
    mean: float
    deviation: float | None
    """Sample standard deviation over seeds; None for one."""
    low: float
    high: float
    """Ends of the 95 % interval of the mean, from a bootstrap over users and seeds."""
    difference: float | None = None
    """Mean less that of the first system; None, as what follows, for that one."""
    difference_low: float | None = None
    difference_high: float | None = None
    """Ends of the 95 % interval of the difference, from a paired bootstrap over users and seeds."""


@dataclass(frozen=True)
class RecommenderSystem:
    """Runs that differ in nothing but their seed, or popularity, which has none."""

    name: str
    seeds: list[int]
    options: dict[str, Any]
    figures: dict[str, Figure]


@dataclass(frozen=True)
class RecommenderComparison:
    """Systems on the same users, and what may be said of them."""

    data: str
    rivals: Rivals
    """Whether items that a user had before are among the rivals of an answer, or whether these were drawn."""
    users: int
    protocol: str
    systems: list[RecommenderSystem]
    """In order of first appearance; popularity is the last."""
    verdicts: list[str]
    notes: list[str]


def compare_recommenders(
    runs: Sequence[RecommenderRun], *, data: str = "test", seen: Seen = "kept", seed: int = 0
) -> RecommenderComparison:
    """Compare runs by the ranks that ``kbert evaluate`` kept as ``data``; the first run's system is the baseline.

    Runs alike in all but the seed are one system. Raises :class:`OptionsError` for runs on other behaviour or measured
    in another way, for one that is named twice, and for ``seen`` where rivals were drawn, of which none was;
    :class:`StoreError` for runs that were not measured so.
    """
    read = [_read(run, data) for run in runs]
    rivals: Rivals = seen if read[0].get("sampling") is None else "sampled"
    if rivals == "sampled" and seen == "excluded":
        raise OptionsError(f"{data} was ranked among rivals that were drawn: none of them had been seen")
    groups = grouped(runs)
    for run, one in zip(runs, read, strict=True):
        _check_alike(run, one, runs[0], read[0])
    suffix = "" if seen == "kept" else "_excluded"
    ranks = [_column(one, f"rank{suffix}") for one in read] + [_column(read[0], f"{POPULARITY}{suffix}")]
    groups.append([len(runs)])
    first = [runs[members[0]] for members in groups[:-1]]
    names = [*names_of(first), POPULARITY]
    figures = _figures(ranks, groups, seed)
    systems = [
        RecommenderSystem(
            name,
            [runs[j].described["plan"]["settings"]["seed"] for j in members if j < len(runs)],
            options_of(runs[members[0]].described) if members[0] < len(runs) else {},
            {metric: figures[metric][i] for metric in METRICS},
        )
        for i, (name, members) in enumerate(zip(names, groups, strict=True))
    ]
    verdicts = [_verdict(system, systems[0]) for system in systems[1:]]
    notes = single_seeds([system.seeds for system in systems[:-1]])
    return RecommenderComparison(data, rivals, len(ranks[0]), read[0]["protocol"], systems, verdicts, notes)


def _read(run: RecommenderRun, data: str) -> dict[str, Any]:
    """What a run keeps of an evaluation. Raises :class:`StoreError` for one that kept less, as those of old did.

    Raises :class:`OptionsError` for a run that tells profiles.
    """
    run.check_task("recommend")
    kept, path = read_predictions(run.folder, data, _KEPT), predictions_path(run.folder, data)
    missing = next((name for row in kept["ranks"][:1] for name in RANKS if name not in row), None)
    if missing is not None:
        expected = "ranks with items seen and without, and those of popularity (kbert evaluate makes them anew)"
        raise StoreError(path, None, expected, f"none called {missing}")
    check_shape(path, kept, _RANKS)
    return kept


def _check_alike(run: RecommenderRun, kept: dict[str, Any], first: RecommenderRun, others: dict[str, Any]) -> None:
    """Raise :class:`OptionsError` unless two runs were measured on the same users, and in the same way."""
    if run.described["behaviour"]["digest"] != first.described["behaviour"]["digest"]:
        raise OptionsError(f"{run.folder} was trained on other behaviour than {first.folder}")
    if kept["protocol"] != others["protocol"]:
        ways = f"{kept['protocol']!r} and {others['protocol']!r}"
        raise OptionsError(f"{run.folder} was measured in another way than {first.folder}: {ways}")
    if [row["user"] for row in kept["ranks"]] != [row["user"] for row in others["ranks"]]:
        raise OptionsError(f"{run.folder} was not measured on the same users as {first.folder}")
    if any((_column(kept, name) != _column(others, name)).any() for name in RANKS if name.startswith(POPULARITY)):
        raise OptionsError(f"{run.folder} was not measured among the same items as {first.folder}")


def _column(kept: dict[str, Any], name: str) -> Ranks:
    return np.array([row[name] for row in kept["ranks"]], dtype=np.float64)


def _figures(ranks: Sequence[Ranks], groups: Sequence[Sequence[int]], seed: int) -> dict[str, list[Figure]]:
    """By metric, the figure of each group of runs. Samples are the same for all metrics."""
    found, users = [gains(one) for one in ranks], len(ranks[0])
    figures: dict[str, list[Figure]] = {}
    for metric in METRICS:
        counts = [one[metric][:, None] for one in found]
        samples = bootstrap(counts, groups, lambda total: float(total[0] / users), np.random.default_rng(seed))
        values = [[float(counts[j].mean()) for j in members] for members in groups]
        figures[metric] = []
        for i, own in enumerate(values):
            difference: tuple[float | None, ...] = (None, None, None)
            if i:
                difference = (float(np.mean(own) - np.mean(values[0])), *interval(samples[i] - samples[0]))
            deviation = float(np.std(own, ddof=1)) if len(own) > 1 else None
            figures[metric].append(Figure(own, float(np.mean(own)), deviation, *interval(samples[i]), *difference))
    return figures


def _verdict(system: RecommenderSystem, baseline: RecommenderSystem) -> str:
    """What the figures say of a system beside the first one."""
    figure = system.figures[METRICS[0]]
    assert figure.difference_low is not None
    assert figure.difference_high is not None
    if figure.difference_low <= 0 <= figure.difference_high:
        return f"{system.name}: no difference from {baseline.name} in {METRICS[0]} that chance could not make."
    return f"{system.name}: {'better' if figure.difference_low > 0 else 'worse'} than {baseline.name} in {METRICS[0]}."
