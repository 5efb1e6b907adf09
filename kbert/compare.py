"""Does knowledge help? Systems side by side on the same texts, with what chance could do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphs import rooms
from graphs.errors import OptionsError
from kbert.bootstrap import Samples, bootstrap, interval
from kbert.claims import System, verdicts
from kbert.runs import Run
from kbert.systems import control_of, facts_of, grouped, names_of
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


def compare(runs: Sequence[Run], *, data: str = "dev", seed: int = 0) -> Comparison:
    """Compare runs by their predictions on the texts called ``data``; the first run's system is the baseline.

    Runs alike in all but the seed are one system. Raises :class:`OptionsError` when the runs have
    different tasks, were not measured on the same texts, or when one is named twice.
    """
    tasks = {run.plan["task"] for run in runs}
    if len(tasks) > 1:
        raise OptionsError(f"runs of one task can be compared, not of {' and '.join(sorted(tasks))}")
    task = rooms.find(TASKS, tasks.pop())
    groups = grouped(runs)
    predictions = [run.predictions(data) for run in runs]
    gold = _gold(runs, predictions)
    labels = sorted({label for run in runs for label in run.labels()})
    counts = [task.counts(gold, [task.said(row) for row in read["predictions"]], labels) for read in predictions]
    metric = task.primary(labels)
    samples = bootstrap(counts, groups, metric.of, np.random.default_rng(seed))
    values = [[float(metric.of(counts[j].sum(0))) for j in members] for members in groups]
    names = names_of(runs, groups)
    systems = [
        _system(names[i], [(runs[j], predictions[j]) for j in members], values, samples, i, control_of(runs, groups, i))
        for i, members in enumerate(groups)
    ]
    protocol = " | ".join(dict.fromkeys(read["protocol"] for read in predictions))
    return Comparison(metric.name, data, len(gold), protocol, systems, verdicts(systems))


def _gold(runs: Sequence[Run], predictions: Sequence[Predictions]) -> list[Any]:
    """What should be said of each text. Raises :class:`OptionsError` unless all runs were measured on the same."""

    def measured_on(read: Predictions) -> tuple[Any, ...]:
        files = [file["sha256"] for file in read["texts"]["files"]]
        return files, [(row["id"], row["gold"]) for row in read["predictions"]]

    for run, read in zip(runs, predictions, strict=True):
        if measured_on(read) != measured_on(predictions[0]):
            raise OptionsError(f"{run.folder} was not measured on the same texts as {runs[0].folder}")
    return [row["gold"] for row in predictions[0]["predictions"]]


def _system(
    name: str,
    members: Sequence[tuple[Run, Predictions]],
    values: list[list[float]],
    samples: Samples,
    number: int,
    control: int | None,
) -> System:
    """One system with its differences from the first one and from its control."""
    own, facts = values[number], facts_of(members[0][0])
    low, high = interval(samples[number] - samples[0]) if number else (None, None)
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
        over_control=interval(samples[number] - samples[control]) if control is not None else None,
    )


def _linked_share(run: Run, read: Predictions) -> float:
    """Share of the texts with a fact. A model that says how many branches grew and grew none took nothing in."""
    result = run.result()
    taken_in = result["cut"]["train"].get("grown", 1) and read["cut"].get("grown", 1)
    return min(result["linked_share"], read["linked_share"]) if taken_in else 0.0
