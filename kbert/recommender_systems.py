"""Systems of runs on behaviour: which runs are one, what it is called (by options that differ), what it came to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from graphs.errors import OptionsError
from kbert.behaviour.objective import Learning
from kbert.grouping import grouped_by
from kbert.paired_figures import Figure
from kbert.recommender_runs import RecommenderRun

BEGIN = "begin."
"""Before the options of the run that a run began with."""


@dataclass(frozen=True)
class RecommenderSystem:
    """Runs that differ in nothing but their seed, or popularity, which has none."""

    name: str
    seeds: list[int]
    options: dict[str, Any]
    figures: dict[str, Figure]


def options_of(described: Mapping[str, Any]) -> dict[str, Any]:
    """All options of a run by name, but its seed: what makes it a system with others that have the same.

    Data is known by its digest, wherever it lies; a run to begin with by its own options, where the run keeps them
    (those of old do not: it is known by its folder then).
    """
    plan = described["plan"]
    found: dict[str, Any] = {}
    for group, value in plan.items():
        for name, option in value.items() if isinstance(value, dict) else [(group, value)]:
            found[f"{group}.{name}" if name in found else name] = option
    for name in ("seed", "checkpoint_steps", *_idle(plan)):
        found.pop(name, None)
    found |= {name: described[name]["digest"] for name in found if "digest" in (described.get(name) or ())}
    before = described.get("begun_with")
    if before is not None:
        del found["begin"]
        found |= {f"{BEGIN}{name}": option for name, option in options_of(before).items()}
    elif found.get("begin") is None:
        found.pop("begin", None)
    return found


def _idle(plan: Mapping[str, Any]) -> list[str]:
    """Options of a plan from which nothing follows: of hiding where nothing is hidden, of users where none is told."""
    learning = plan.get("learning", {})
    if plan.get("task") == "profile":
        return [*learning, "sampled"]
    idle = [] if learning.get("uap") or learning.get("srd") else ["attributes"]
    if plan.get("recommender_options", {}).get("objective") == "causal":
        idle += ["mask_rate", "last_share"]
    return idle


def seeds_of(described: Mapping[str, Any]) -> list[int]:
    """The seed of a run, and those of the runs that it began with."""
    before = described.get("begun_with")
    return [described["plan"]["settings"]["seed"], *([] if before is None else seeds_of(before))]


def grouped(runs: Sequence[RecommenderRun]) -> list[list[int]]:
    """Numbers of the runs of each system. Raises :class:`OptionsError` for a run that is named twice."""
    keys, seeds = ([of(run.described) for run in runs] for of in (options_of, seeds_of))
    return grouped_by(keys, seeds, [run.folder for run in runs])


def names_of(runs: Sequence[RecommenderRun]) -> list[str]:
    """What systems are called, given a run of each: the recommender, and in what it differs from the first system.

    An option that the first does not have is told where it is not the default of :class:`Learning`, or, such as those
    of what a run began with, where it differs from that of the first system that has it. Where names are not enough
    the folder is told, too.
    """
    options = [options_of(run.described) for run in runs]
    first: dict[str, Any] = {}
    for some in options:
        first = {**some, **first}
    first |= {name: value for name, value in asdict(Learning()).items() if name in first and name not in options[0]}
    names = []
    for some in options:
        told = [f"{name}={_written(value)}" for name, value in some.items() if value != first[name]]
        if _began(some) != _began(options[0]):
            told.insert(0, "pre-trained" if _began(some) else "not pre-trained")
        recommender = some["recommender"]
        told = [one for one in told if one != f"recommender={recommender}"]
        names.append(f"{recommender} ({', '.join(told)})" if told else recommender)
    return [name if names.count(name) == 1 else f"{name} [{run.folder}]" for name, run in zip(names, runs, strict=True)]


def _began(options: Mapping[str, Any]) -> bool:
    return any(f"{name}.".startswith(BEGIN) for name in options)


def _written(value: Any) -> str:
    """An option as a name shows it."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, list):
        return "+".join(map(_written, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def systems_of(
    runs: Sequence[RecommenderRun],
    groups: Sequence[Sequence[int]],
    names: Sequence[str],
    figures: Mapping[str, Sequence[Figure]],
) -> list[RecommenderSystem]:
    """The systems of runs, and last that which is no run: its one member is the number behind those of the runs."""
    return [
        RecommenderSystem(
            name,
            [runs[j].described["plan"]["settings"]["seed"] for j in members if j < len(runs)],
            options_of(runs[members[0]].described) if members[0] < len(runs) else {},
            {metric: found[i] for metric, found in figures.items()},
        )
        for i, (name, members) in enumerate(zip(names, groups, strict=True))
    ]


def check_alike(
    run: RecommenderRun, kept: dict[str, Any], first: RecommenderRun, others: dict[str, Any], rows: str
) -> None:
    """Raise :class:`OptionsError` unless two runs were measured on the same users, and in the same way.

    ``rows`` is the name of what they keep of each user.
    """
    if run.described["behaviour"]["digest"] != first.described["behaviour"]["digest"]:
        raise OptionsError(f"{run.folder} was trained on other behaviour than {first.folder}")
    if kept["protocol"] != others["protocol"]:
        ways = f"{kept['protocol']!r} and {others['protocol']!r}"
        raise OptionsError(f"{run.folder} was measured in another way than {first.folder}: {ways}")
    if [row["user"] for row in kept[rows]] != [row["user"] for row in others[rows]]:
        raise OptionsError(f"{run.folder} was not measured on the same users as {first.folder}")
