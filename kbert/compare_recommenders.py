"""Runs on behaviour side by side on the same users, with popularity and with what chance could do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphs.errors import OptionsError, StoreError
from graphs.manifests import Shape, check_shape
from kbert.behaviour.ranks import Ranks, Rivals, Seen, gains
from kbert.claims import single_seeds
from kbert.paired_figures import figures_of
from kbert.recommender_claims import verdicts
from kbert.recommender_protocol import ELSEWHERE
from kbert.recommender_runs import RANKS, RecommenderRun
from kbert.recommender_systems import RecommenderSystem, check_alike, grouped, names_of, systems_of
from kbert.run_files import predictions_path, read_predictions

METRICS = ("ndcg@10", "recall@10", "mrr")
"""What systems are compared by; verdicts are of the first."""

POPULARITY = "popularity"

_KEPT: Shape = {"protocol": str, "ranks": [{"user": str}]}
_RANKS: Shape = {"ranks": [{name: str if name == "user" else float for name in RANKS}]}


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
        check_alike(run, one, runs[0], read[0], "ranks")
        if any((_column(one, name) != _column(read[0], name)).any() for name in RANKS if name.startswith(POPULARITY)):
            raise OptionsError(f"{run.folder} was not measured among the same items as {runs[0].folder}")
    suffix = "" if seen == "kept" else "_excluded"
    ranks = [_column(one, f"rank{suffix}") for one in read] + [_column(read[0], f"{POPULARITY}{suffix}")]
    groups.append([len(runs)])
    first = [runs[members[0]] for members in groups[:-1]]
    names = [*names_of(first), POPULARITY]
    gained = [{metric: gain for metric, gain in gains(one).items() if metric in METRICS} for one in ranks]
    figures = figures_of(gained, groups, seed)
    systems = systems_of(runs, groups, names, figures)
    said = verdicts(systems, groups, gained, METRICS[0], seed)
    notes = single_seeds([system.seeds for system in systems[:-1]])
    elsewhere = {name: runs[members[0]].learnt_elsewhere for name, members in zip(names[:-1], groups, strict=False)}
    notes += [f"{name}: {ELSEWHERE}" for name, told in elsewhere.items() if told]
    return RecommenderComparison(data, rivals, len(ranks[0]), read[0]["protocol"], systems, said, notes)


def _read(run: RecommenderRun, data: str) -> dict[str, Any]:
    """What a run keeps of an evaluation. Raises :class:`StoreError` for one that kept less, as those of old did.

    Raises :class:`OptionsError` for a run that tells profiles.
    """
    run.check_task("recommend")
    kept, path = read_predictions(run.folder, data, _KEPT), predictions_path(run.folder, data)
    if "sampling" not in kept:
        raise StoreError(path, None, "among what was ranked (kbert evaluate makes it anew)", "no word of sampling")
    missing = next((name for row in kept["ranks"][:1] for name in RANKS if name not in row), None)
    if missing is not None:
        expected = "ranks with items seen and without, and those of popularity (kbert evaluate makes them anew)"
        raise StoreError(path, None, expected, f"none called {missing}")
    check_shape(path, kept, _RANKS)
    return kept


def _column(kept: dict[str, Any], name: str) -> Ranks:
    return np.array([row[name] for row in kept["ranks"]], dtype=np.float64)
