"""What may be claimed of recommenders side by side: what is known of users counts for what shuffling it takes away."""

from collections.abc import Mapping, Sequence
from typing import Any

from kbert.paired_figures import Gains, figures_of, verdict
from kbert.recommender_systems import BEGIN, RecommenderSystem

CONTROL = "the same with --control shuffled"


def verdicts(
    systems: Sequence[RecommenderSystem],
    groups: Sequence[Sequence[int]],
    gained: Sequence[Mapping[str, Gains]],
    metric: str,
    seed: int,
) -> list[str]:
    """What a metric says of each system beside the first.

    ``groups`` are the numbers of the runs of each, ``gained`` what users add to the metrics of each run. Of a system
    that has learnt from what is known of users, and is better than a first one that has not, it is said whether it is
    better than its control, too: the system that differs from it in nothing but that profiles and friends are others'.
    """
    baseline = systems[0]
    said = []
    for system, own in zip(systems[1:], groups[1:], strict=True):
        figure = system.figures[metric]
        sentence = verdict(system.name, figure, baseline.name, metric)
        better = figure.difference_low is not None and figure.difference_low > 0
        if better and knows_users(system.options) and not knows_users(baseline.options):
            control = _control(system.options)
            place = next((i for i, one in enumerate(systems) if one.options == control), None)
            if place is None:
                sentence += f" Whether by what is known of users cannot be told without its control ({CONTROL})."
            else:
                of_metric = [{metric: one[metric]} for one in gained]
                over = figures_of(of_metric, [groups[place], own], seed)[metric][1]
                sentence += _over_control(over.difference_low)
        said.append(sentence)
    return said


def _over_control(low: float | None) -> str:
    if low is not None and low > 0:
        return " It is better than with what is known of others, too: what is known of users helps here."
    return (
        " But it is not better than with what is known of others beyond chance: nothing can be claimed for what is "
        "known of users."
    )


def knows_users(options: Mapping[str, Any]) -> bool:
    """Whether a system, or what it began with, has learnt from profiles or friends that are the users' own."""
    return _depth_of_users(options) is not None


def _depth_of_users(options: Mapping[str, Any]) -> str | None:
    """Before which names the options stand by which it has: none, or those of what it began with."""
    before = ""
    while f"{before}recommender" in options:
        learns = any(options.get(f"{before}{name}") for name in ("uap", "srd"))
        if learns and not options.get(f"{before}shuffled"):
            return before
        before += BEGIN
    return None


def _control(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of its control."""
    before = _depth_of_users(options)
    return {**options, f"{before}shuffled": True}
