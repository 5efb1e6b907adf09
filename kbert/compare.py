"""Does knowledge help? Systems side by side on the same texts, with what chance could do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graphs import rooms
from graphs.errors import OptionsError
from kbert.metrics import Counts
from kbert.runs import Run
from kbert.text_model import MODELS, TASKS

SAMPLES = 2_000
CHUNK = 200
"""Bootstrap samples taken at once: bounds the memory."""

LINKED_SHARE = 0.05
"""Below this share of text graphs with facts nothing can be said of knowledge."""

Samples = npt.NDArray[np.float64]
"""The metric in each bootstrap sample."""

Predictions = Mapping[str, Any]
"""What a run keeps of its predictions on some texts."""


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
    """Share of the texts with a fact, in training or where measured, whichever is less; 0 if the model took none in."""
    reads_facts: bool
    """Whether facts could reach it."""
    control: bool
    """Whether the facts it reads were shuffled."""
    difference: float | None = None
    """Mean less that of the first system."""
    low: float | None = None
    high: float | None = None
    """Ends of the 95 % interval of the difference, from a paired bootstrap over texts and seeds."""
    over_control: tuple[float, float] | None = None
    """The same of the difference from its control (the system that differs in nothing but its facts), if any."""


@dataclass(frozen=True)
class Comparison:
    """Systems on the same texts, and what may be said of them."""

    metric: str
    data: str
    texts: int
    protocol: str
    """What the figures were measured on, and what had been learnt from it; several if the runs differ in that."""
    systems: list[System]
    verdicts: list[str]
    """What the figures say of each system that reads knowledge, in a sentence."""


def compare(runs: Sequence[Run], *, data: str = "dev", seed: int = 0) -> Comparison:
    """Compare runs by their predictions on the texts called ``data``; the first run's system is the baseline.

    Runs alike in all but the seed are one system. Raises :class:`OptionsError` when the runs have
    different tasks, were not measured on the same texts, or when one is named twice.
    """
    tasks = {run.plan["task"] for run in runs}
    if len(tasks) > 1:
        raise OptionsError(f"runs of one task can be compared, not of {' and '.join(sorted(tasks))}")
    task = rooms.find(TASKS, tasks.pop())
    groups = _groups(runs)
    predictions = [run.predictions(data) for run in runs]
    gold = _gold(runs, predictions)
    labels = sorted({label for run in runs for label in run.labels()})
    counts = [task.counts(gold, [task.said(row) for row in read["predictions"]], labels) for read in predictions]
    metric = task.primary(labels)
    samples = bootstrap(counts, groups, metric.of, np.random.default_rng(seed))
    values = [[float(metric.of(counts[j].sum(0))) for j in members] for members in groups]
    names = _names(runs, groups)
    systems = [
        _system(names[i], [(runs[j], predictions[j]) for j in members], values, samples, i, _control(runs, groups, i))
        for i, members in enumerate(groups)
    ]
    protocol = " | ".join(dict.fromkeys(read["protocol"] for read in predictions))
    return Comparison(metric.name, data, len(gold), protocol, systems, _verdicts(systems))


def _gold(runs: Sequence[Run], predictions: Sequence[Predictions]) -> list[Any]:
    """What should be said of each text. Raises :class:`OptionsError` unless all runs were measured on the same."""

    def measured_on(read: Predictions) -> tuple[Any, ...]:
        files = [file["sha256"] for file in read["texts"]["files"]]
        return files, [(row["id"], row["gold"]) for row in read["predictions"]]

    for run, read in zip(runs, predictions, strict=True):
        if measured_on(read) != measured_on(predictions[0]):
            raise OptionsError(f"{run.folder} was not measured on the same texts as {runs[0].folder}")
    return [row["gold"] for row in predictions[0]["predictions"]]


def _facts(run: Run) -> str:
    """Which facts reach the model: own, shuffled or none."""
    reads = rooms.find(MODELS, run.plan["model"]).READS_FACTS
    return str(run.described["recipe"]["facts"]) if reads else "none"


def _key(run: Run) -> dict[str, Any]:
    """All that makes a system, but its seeds and which facts it reads. Where its files lay makes no difference."""
    plan = {name: value for name, value in run.plan.items() if name not in ("train", "dev")}
    recipe = {k: v for k, v in run.described["recipe"].items() if k not in ("kg", "seed", "facts")}
    return {
        "plan": {**plan, "settings": {**plan["settings"], "seed": None}},
        "recipe": recipe,
        **{name: _texts(run.described[name]) for name in ("train", "dev")},
    }


def _texts(data: Mapping[str, Any] | None) -> Any:
    """The texts that graphs were built from, whatever their files were called."""
    if data is None:
        return None
    texts = data["texts"]
    sums = {name: [file["sha256"] for file in texts[name]] for name in ("files", "apart_from")}
    return {**texts, **sums, "graphs": data["counts"]["graphs"]}


def _groups(runs: Sequence[Run]) -> list[list[int]]:
    """Numbers of the runs of each system, in order of first appearance."""
    keys = [(_key(run), _facts(run)) for run in runs]
    groups: list[list[int]] = []
    for i, key in enumerate(keys):
        same = next((group for group in groups if keys[group[0]] == key), None)
        if same is None:
            groups.append([i])
            continue
        twin = next((j for j in same if _seeds(runs[j]) == _seeds(runs[i])), None)
        if twin is not None:
            raise OptionsError(f"{runs[twin].folder} and {runs[i].folder} are the same run: name it once")
        same.append(i)
    return groups


def _seeds(run: Run) -> tuple[int, int]:
    return run.plan["settings"]["seed"], run.described["recipe"]["seed"] if _facts(run) == "shuffled" else 0


def _control(runs: Sequence[Run], groups: Sequence[Sequence[int]], number: int) -> int | None:
    """The system that differs from this one in nothing but that its facts are shuffled."""
    run = runs[groups[number][0]]
    if _facts(run) != "own":
        return None
    shuffled = (i for i, members in enumerate(groups) if _facts(runs[members[0]]) == "shuffled")
    return next((i for i in shuffled if _key(runs[groups[i][0]]) == _key(run)), None)


def _names(runs: Sequence[Run], groups: Sequence[Sequence[int]]) -> list[str]:
    """Model and, where they are not the entities' own, which facts; the folder too where that is not enough."""
    names = []
    for members in groups:
        run = runs[members[0]]
        reads, facts = rooms.find(MODELS, run.plan["model"]).READS_FACTS, run.described["recipe"]["facts"]
        names.append(run.plan["model"] + (f", facts {facts}" if reads and facts != "own" else ""))
    return [
        name if names.count(name) == 1 else f"{name} ({runs[members[0]].folder})"
        for name, members in zip(names, groups, strict=True)
    ]


def bootstrap(
    counts: Sequence[Counts],
    groups: Sequence[Sequence[int]],
    metric: Callable[[Counts], float],
    rng: np.random.Generator,
) -> Samples:
    """The metric of each system in each sample, ``[systems, samples]``.

    ``counts`` are those of each run, ``groups`` the runs of each system. A sample draws texts with
    replacement, the same for all systems, and for each system seeds with replacement; the metric is
    the mean over the seeds drawn.
    """
    texts = len(counts[0])
    found = []
    for _ in range(0, SAMPLES, CHUNK):
        weights = rng.multinomial(texts, np.full(texts, 1 / texts), size=CHUNK).astype(np.float64)
        by_run = [np.array([metric(total) for total in weights @ count]) for count in counts]
        chunk = []
        for members in groups:
            drawn = rng.integers(len(members), size=(CHUNK, len(members)))
            values = np.stack([by_run[j] for j in members], axis=1)
            chunk.append(np.take_along_axis(values, drawn, axis=1).mean(1))
        found.append(np.stack(chunk))
    return np.concatenate(found, axis=1)


def _system(
    name: str,
    members: Sequence[tuple[Run, Predictions]],
    values: list[list[float]],
    samples: Samples,
    number: int,
    control: int | None,
) -> System:
    """One system with its differences from the first one and from its control."""
    own, facts = values[number], _facts(members[0][0])
    low, high = _interval(samples[number] - samples[0]) if number else (None, None)
    return System(
        name=name,
        seeds=[run.plan["settings"]["seed"] for run, _ in members],
        values=own,
        mean=float(np.mean(own)),
        deviation=float(np.std(own, ddof=1)) if len(own) > 1 else None,
        linked_share=min(_linked_share(run, read) for run, read in members),
        reads_facts=facts != "none",
        control=facts == "shuffled",
        difference=float(np.mean(own) - np.mean(values[0])) if number else None,
        low=low,
        high=high,
        over_control=_interval(samples[number] - samples[control]) if control is not None else None,
    )


def _linked_share(run: Run, read: Predictions) -> float:
    """Share of the texts with a fact. A model that says how many branches grew and grew none took nothing in."""
    result = run.result()
    taken_in = result["cut"]["train"].get("grown", 1) and read["cut"].get("grown", 1)
    return min(result["linked_share"], read["linked_share"]) if taken_in else 0.0


def _interval(differences: Samples) -> tuple[float, float]:
    low, high = np.quantile(differences, (0.025, 0.975))
    return float(low), float(high)


def _verdicts(systems: Sequence[System]) -> list[str]:
    baseline = systems[0]
    readers = [system for system in systems if system.reads_facts and not system.control]
    if baseline.reads_facts and len(systems) > 1:
        return [
            f"The first system ({baseline.name}) reads facts itself: put one first that does not, such as bert, to see "
            f"whether knowledge helps."
        ]
    return [_verdict(system, baseline) for system in readers if system is not baseline]


def _verdict(system: System, baseline: System) -> str:
    """What may be claimed of a system that reads knowledge: only what its control does not show too."""
    assert system.low is not None
    assert system.high is not None
    if system.linked_share < LINKED_SHARE:
        return (
            f"{system.name}: no knowledge was injected (only {system.linked_share:.1%} of the texts carry a fact), so "
            f"this says nothing about knowledge."
        )
    if system.low <= 0 <= system.high:
        return f"{system.name}: no difference from {baseline.name} that chance could not make."
    if system.high < 0:
        return f"{system.name}: worse than {baseline.name}; knowledge hurts here."
    if system.over_control is None:
        return (
            f"{system.name}: better than {baseline.name}; whether by what the facts say cannot be told without its "
            f"control (the same model and options on graphs built with --facts shuffled)."
        )
    if system.over_control[0] <= 0:
        return (
            f"{system.name}: better than {baseline.name}, but not than shuffled facts beyond chance: nothing can be "
            f"claimed for what the facts say."
        )
    return f"{system.name}: better than {baseline.name} and than shuffled facts; knowledge helps here."
