"""What may be claimed of systems side by side: for every case one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

LINKED_SHARE = 0.05
"""Below this share of text graphs with facts nothing can be said of knowledge."""


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


def verdicts(systems: Sequence[System]) -> list[str]:
    """What the figures say of each system that reads knowledge; the first one is the baseline."""
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
