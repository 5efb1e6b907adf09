"""Does knowledge help? Systems side by side on the same texts, with what chance could do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graphs import rooms
from graphs.errors import OptionsError
from kbert.metrics import Counts
from kbert.runs import LINKED_SHARE, Run
from kbert.text_model import MODELS, TASKS

SAMPLES = 2_000
CHUNK = 200
"""Bootstrap samples taken at once: bounds the memory."""


Samples = npt.NDArray[np.float64]
"""The metric in each bootstrap sample."""


@dataclass(frozen=True)
class System:
    """Runs that differ in nothing but their seed."""

    name: str
    seeds: list[int]
    values: list[float]
    """The metric of each seed."""
    mean: float
    deviation: float | None
    """Sample standard deviation over seeds; None for one seed."""
    linked_share: float
    control: bool
    """Whether its facts were shuffled."""
    reads_facts: bool
    difference: float | None = None
    """Mean less that of the first system."""
    low: float | None = None
    high: float | None = None
    """Ends of the 95 % interval of the difference, from a paired bootstrap over texts and seeds."""
    over_control: tuple[float, float] | None = None
    """The same interval of the difference from the control, where there is one."""


@dataclass(frozen=True)
class Comparison:
    """Systems on the same texts, and what may be said of them."""

    metric: str
    data: str
    texts: int
    systems: list[System]
    verdicts: list[str]
    """What the figures say of each system that reads knowledge, in a sentence."""


def compare(runs: Sequence[Run], *, data: str = "dev", seed: int = 0) -> Comparison:
    """Compare runs by their predictions on the texts called ``data``; the first run's system is the baseline.

    Runs alike in all but the seed are one system. Raises :class:`OptionsError` when the runs have
    different tasks or were not measured on the same texts.
    """
    tasks = {run.plan["task"] for run in runs}
    if len(tasks) > 1:
        raise OptionsError(f"runs of one task can be compared, not of {' and '.join(sorted(tasks))}")
    task = rooms.find(TASKS, tasks.pop())
    predictions = [run.predictions(data) for run in runs]
    ids = [[row["id"] for row in read["predictions"]] for read in predictions]
    gold = [row["gold"] for row in predictions[0]["predictions"]]
    for run, read, own in zip(runs, predictions, ids, strict=True):
        if own != ids[0] or [row["gold"] for row in read["predictions"]] != gold:
            raise OptionsError(f"{run.folder} was not measured on the same texts as {runs[0].folder}")
    labels = sorted({label for run in runs for label in run.labels()})
    counts = [task.counts(gold, [task.said(row) for row in read["predictions"]], labels) for read in predictions]
    groups = _groups(runs)
    rng = np.random.default_rng(seed)
    samples = _bootstrap(counts, groups, task.primary, rng)
    values = [[float(task.primary(counts[j].sum(0))) for j in members] for members in groups.values()]
    members_of = [[runs[j] for j in members] for members in groups.values()]
    control = next((i for i, members in enumerate(members_of) if members[0].recipe.facts == "shuffled"), None)
    systems = [_system(name, members_of[i], values, samples, i, control) for i, name in enumerate(groups)]
    verdicts = [verdict for system in systems[1:] if (verdict := _verdict(system, systems[0]))]
    files = ", ".join(file["name"] for file in predictions[0]["texts"]["files"])
    return Comparison(task.PRIMARY, f"{data} ({files})", len(gold), systems, verdicts)


def _groups(runs: Sequence[Run]) -> dict[str, list[int]]:
    """Numbers of the runs of each system, by its name, in order of first appearance."""
    keys: list[Any] = []
    for run in runs:
        plan = {**run.plan, "settings": {**run.plan["settings"], "seed": None}}
        keys.append((plan, {**run.described["recipe"], "kg": None}))
    groups: list[list[int]] = []
    for i, key in enumerate(keys):
        same = next((group for group in groups if keys[group[0]] == key), None)
        if same is None:
            groups.append([i])
        else:
            same.append(i)
    names = [_name(runs[group[0]]) for group in groups]
    unique = [
        name if names.count(name) == 1 else f"{name} ({runs[group[0]].folder.name})"
        for name, group in zip(names, groups, strict=True)
    ]
    return dict(zip(unique, groups, strict=True))


def _name(run: Run) -> str:
    facts = run.recipe.facts
    reads = rooms.find(MODELS, run.plan["model"]).READS_FACTS
    return run.plan["model"] + (f", facts {facts}" if reads and facts != "own" else "")


def _bootstrap(
    counts: list[Counts], groups: dict[str, list[int]], primary: Callable[[Counts], float], rng: np.random.Generator
) -> Samples:
    """The metric of each system in each sample, ``[systems, samples]``.

    A sample draws texts with replacement, the same for all systems, and for each system seeds with
    replacement; the metric is the mean over the seeds drawn.
    """
    texts = len(counts[0])
    found = []
    for _ in range(0, SAMPLES, CHUNK):
        weights = rng.multinomial(texts, np.full(texts, 1 / texts), size=CHUNK).astype(np.float64)
        by_run = [np.array([primary(total) for total in weights @ count]) for count in counts]
        chunk = []
        for members in groups.values():
            drawn = rng.integers(len(members), size=(CHUNK, len(members)))
            values = np.stack([by_run[j] for j in members], axis=1)
            chunk.append(np.take_along_axis(values, drawn, axis=1).mean(1))
        found.append(np.stack(chunk))
    return np.concatenate(found, axis=1)


def _system(
    name: str, runs: list[Run], values: list[list[float]], samples: Samples, number: int, control: int | None
) -> System:
    """One system with its differences from the first one and from the control."""
    own = values[number]
    low, high = _interval(samples[number] - samples[0]) if number else (None, None)
    return System(
        name=name,
        seeds=[run.plan["settings"]["seed"] for run in runs],
        values=own,
        mean=float(np.mean(own)),
        deviation=float(np.std(own, ddof=1)) if len(own) > 1 else None,
        linked_share=min(run.result()["linked_share"] for run in runs),
        control=number == control,
        reads_facts=bool(rooms.find(MODELS, runs[0].plan["model"]).READS_FACTS),
        difference=float(np.mean(own) - np.mean(values[0])) if number else None,
        low=low,
        high=high,
        over_control=_interval(samples[number] - samples[control]) if control not in (None, number) else None,
    )


def _interval(differences: Samples) -> tuple[float, float]:
    low, high = np.quantile(differences, (0.025, 0.975))
    return float(low), float(high)


def _verdict(system: System, baseline: System) -> str | None:
    """What may be claimed of a system that reads knowledge: only what its control does not show too."""
    if not system.reads_facts or system.control or system.low is None or system.high is None:
        return None
    if system.linked_share < LINKED_SHARE:
        return (
            f"{system.name}: no knowledge was injected (only {system.linked_share:.1%} of the training texts carry a "
            f"fact), so this says nothing about knowledge."
        )
    if system.low <= 0 <= system.high:
        return f"{system.name}: no difference from {baseline.name} that chance could not make."
    if system.high < 0:
        return f"{system.name}: worse than {baseline.name}; knowledge hurts here."
    if system.over_control is None:
        return (
            f"{system.name}: better than {baseline.name}; whether by what the facts say cannot be told without the "
            f"control (build graphs with --facts shuffled and train on them)."
        )
    if system.over_control[0] <= 0:
        return (
            f"{system.name}: better than {baseline.name}, but not than shuffled facts beyond chance: nothing can be "
            f"claimed for what the facts say."
        )
    return f"{system.name}: better than {baseline.name} and than shuffled facts; knowledge helps here."
