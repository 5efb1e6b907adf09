"""Does knowledge help? Systems side by side on the same texts, with what chance could do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from graphs import rooms
from graphs.errors import OptionsError, StoreError
from kbert.bootstrap import Samples, bootstrap, interval
from kbert.claims import System, no_knowledge, notes, verdicts
from kbert.metrics import Metric
from kbert.run_files import predictions_path
from kbert.runs import Run
from kbert.systems import control_of, facts_unmoved, grouped, knowledge_of, names_of, otherwise
from kbert.text_model import TASKS

Predictions = Mapping[str, Any]
"""What a run keeps of its predictions on some texts."""


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
    notes: list[str]
    """What weakens all of them."""


def compare(runs: Sequence[Run], *, data: str = "dev", metric: str | None = None, seed: int = 0) -> Comparison:
    """Compare runs by their predictions on the texts called ``data``; the first run's system is the baseline.

    ``metric`` names another than the task's primary one. Runs alike in all but the seed are one system.
    Raises :class:`OptionsError` when the runs have different tasks, were not measured on the same texts, when one is
    named twice, or for a metric that the task does not have.
    """
    tasks = {run.plan["task"] for run in runs}
    if len(tasks) > 1:
        raise OptionsError(f"runs of one task can be compared, not of {' and '.join(sorted(tasks))}")
    task = rooms.find(TASKS, tasks.pop())
    groups = grouped(runs)
    predictions = [run.predictions(data) for run in runs]
    gold = _gold(runs, predictions)
    labels = sorted({label for run in runs for label in run.labels()})
    said = [_said(task, run, data, kept) for run, kept in zip(runs, predictions, strict=True)]
    counts = [task.counts(gold, row, labels) for row in said]
    primary = _primary(task, runs, labels)
    others = task.others(gold, labels, runs[0].plan["task_options"])
    by = primary if metric is None else _named(metric, [primary, *others])
    samples = bootstrap(counts, groups, by.of, np.random.default_rng(seed))
    values = [[float(by.of(counts[j].sum(0))) for j in members] for members in groups]
    names = names_of(runs, groups)
    read = [knowledge_of(runs[members[0]]) for members in groups]
    shares = [_linked_share([(runs[j], predictions[j]) for j in members]) for members in groups]
    controls = [control_of(runs, groups, i) for i in range(len(groups))]
    systems = [
        System(
            name=names[i],
            seeds=[runs[j].plan["settings"]["seed"] for j in members],
            values=values[i],
            mean=float(np.mean(values[i])),
            deviation=float(np.std(values[i], ddof=1)) if len(members) > 1 else None,
            linked_share=shares[i],
            knowledge=read[i].kind if read[i].is_there else None,
            control=read[i].is_control,
            seen=[predictions[j].get("seen", "unknown") for j in members],
            same_recipe=all(predictions[j].get("same_recipe", True) for j in members),
            otherwise=otherwise(runs[members[0]], runs[groups[0][0]]),
            control_unmoved=_unmoved(runs, groups, controls[i]),
            **_differences(values, samples, shares, i, controls[i]),
        )
        for i, members in enumerate(groups)
    ]
    told = (kept["protocol"].replace(primary.name, by.name, 1) for kept in predictions)
    protocol = " | ".join(dict.fromkeys(told))
    noted = [*notes(systems), *([] if by.name == primary.name else [f"Epochs were chosen by {primary.name}."])]
    return Comparison(by.name, data, len(gold), protocol, systems, verdicts(systems), noted)


def _gold(runs: Sequence[Run], predictions: Sequence[Predictions]) -> list[Any]:
    """What should be said of each text. Raises :class:`OptionsError` unless all runs were measured on the same."""

    def measured_on(read: Predictions) -> tuple[Any, ...]:
        files = [file["sha256"] for file in read["texts"]["files"]]
        return files, [(row["id"], row["gold"]) for row in read["predictions"]]

    for run, read in zip(runs, predictions, strict=True):
        if measured_on(read) != measured_on(predictions[0]):
            raise OptionsError(f"{run.folder} was not measured on the same texts as {runs[0].folder}")
    return [row["gold"] for row in predictions[0]["predictions"]]


def _said(task: ModuleType, run: Run, data: str, read: Predictions) -> list[Any]:
    """What a run said of each text. Raises :class:`StoreError` for predictions of another kind."""
    try:
        return [task.said(row) for row in read["predictions"]]
    except (LookupError, TypeError) as error:
        path = predictions_path(run.folder, data)
        raise StoreError(path, None, f"predictions of the task {run.plan['task']}", f"one without {error}") from error


def _primary(task: ModuleType, runs: Sequence[Run], labels: Sequence[str]) -> Metric:
    """What all runs are measured by. Raises :class:`OptionsError` where their options ask for different metrics."""
    options = [run.plan["task_options"] for run in runs]
    metrics: list[Metric] = [task.primary(labels, some) for some in options]
    for run, metric in zip(runs, metrics, strict=True):
        if metric.name != metrics[0].name:
            raise OptionsError(f"{run.folder} is measured by {metric.name}, {runs[0].folder} by {metrics[0].name}")
    return metrics[0]


def _named(name: str, metrics: Sequence[Metric]) -> Metric:
    """The metric of a name. Raises :class:`OptionsError` if there is none."""
    known = {metric.name: metric for metric in metrics}
    if name not in known:
        raise OptionsError(f"metric: expected {' or '.join(known)}, found {name!r}")
    return known[name]


def _linked_share(members: Sequence[tuple[Run, Predictions]]) -> float | None:
    """The least share of texts that took knowledge in, in training or where measured; None if none reaches them."""
    if not knowledge_of(members[0][0]).is_there:
        return None
    shares: list[float] = [said["linked_share"] for run, read in members for said in (run.result(), read)]
    return min(shares)


def _unmoved(runs: Sequence[Run], groups: Sequence[Sequence[int]], control: int | None) -> float | None:
    """Share of a control's facts that say what they said before they were shuffled."""
    return None if control is None else facts_unmoved(runs[groups[control][0]])


def _differences(
    values: Sequence[Sequence[float]],
    samples: Samples,
    shares: Sequence[float | None],
    number: int,
    control: int | None,
) -> dict[str, Any]:
    """Differences of a system from the first one and from its control; none where no knowledge was injected."""
    if not number or no_knowledge(shares[number]) or no_knowledge(shares[0]):
        return {}
    low, high = interval(samples[number] - samples[0])
    beside = None if control is None or no_knowledge(shares[control]) else interval(samples[number] - samples[control])
    difference = float(np.mean(values[number]) - np.mean(values[0]))
    return {"difference": difference, "low": low, "high": high, "over_control": beside}
