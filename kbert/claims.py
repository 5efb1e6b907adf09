"""What may be claimed of systems side by side: for every case one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kbert.protocol import Seen

UNMOVED_SHARE = 0.05
"""Above this share of facts that shuffling left as they were it is said so."""

LINKED_SHARE = 0.05
"""Below this share of texts that took any in nothing can be said of knowledge."""

_CONTROLS = {
    "facts": "the same model and options on graphs built with --facts shuffled",
    "vectors": "the same with --control shuffled",
    "arcs": "the same with --control shuffled",
}
"""How a run of the control is made, by what the model reads."""


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
    linked_share: float | None
    """Share of the texts that took knowledge in, in training or where measured, whichever is less; None without any."""
    knowledge: str | None
    """What could reach it beside the text, ``facts``, ``vectors`` or ``arcs``; None for nothing."""
    control: bool
    """Whether that was shuffled, or what its encoder was pre-trained with."""
    seen: list[Seen]
    """What each of its runs has done with the texts."""
    same_recipe: bool
    """Whether these were built as the graphs were that it was trained on."""
    difference: float | None = None
    """Mean less that of the first system; None, as what follows, for that one and where no knowledge was injected."""
    low: float | None = None
    high: float | None = None
    """Ends of the 95 % interval of the difference, from a paired bootstrap over texts and seeds."""
    otherwise: list[str] = field(default_factory=list)
    """In what its runs differ from those of the first system beside the model and its knowledge."""
    control_unmoved: float | None = None
    """Share of its control's facts that say what they said before they were shuffled, if that was counted."""
    over_control: tuple[float, float] | None = None
    """The same of the difference from its control (the system that differs in nothing but its knowledge), if any."""

    @property
    def no_knowledge(self) -> str | None:
        """Why nothing can be said of knowledge by this system, if nothing can."""
        return no_knowledge(self.linked_share)


def no_knowledge(linked_share: float | None) -> str | None:
    """A sentence where a model that reads knowledge took it in with too few texts; None where that is not so."""
    if linked_share is None or linked_share >= LINKED_SHARE:
        return None
    return (
        f"no knowledge was injected (only {linked_share:.1%} of the texts took any in), so this says nothing about "
        f"knowledge."
    )


def verdicts(systems: Sequence[System]) -> list[str]:
    """What the figures say of each system that reads knowledge; the first one is the baseline."""
    baseline = systems[0]
    readers = [system for system in systems if system.knowledge and not system.control]
    idle = [f"{system.name}: {system.no_knowledge}" for system in readers if system.no_knowledge]
    if len(systems) == 1:
        return idle
    unfair = _unfair(systems)
    if unfair is not None:
        return [*idle, f"Nothing can be claimed: {unfair}."]
    if baseline.knowledge:
        return [
            *idle,
            f"The first system ({baseline.name}) reads {baseline.knowledge} itself: put one first that does not, such "
            f"as bert, to see whether knowledge helps.",
        ]
    judged = [system for system in readers if not system.no_knowledge]
    return [*idle, *(_verdict(system, baseline) + _notes(system, baseline) for system in judged)]


def notes(systems: Sequence[System]) -> list[str]:
    """What weakens all that is said of systems side by side."""
    return single_seeds([system.seeds for system in systems])


def single_seeds(seeds: Sequence[Sequence[int]]) -> list[str]:
    """A sentence where one of several systems has but one seed."""
    if len(seeds) > 1 and min(map(len, seeds)) == 1:
        return ["One seed of a system: what another seed would change is not in the interval."]
    return []


def _unfair(systems: Sequence[System]) -> str | None:
    """Why the systems cannot be held against each other, if they cannot."""
    trained = [system.name for system in systems if "trained" in system.seen]
    if len(trained) == 1:
        return f"{trained[0]} was trained on texts that it was measured on"
    if trained:
        return f"{len(trained)} systems ({'; '.join(trained)}) were trained on texts that they were measured on"
    for system in systems:
        if "unknown" in system.seen:
            return f"whether {system.name} has seen the texts that it was measured on is not known"
        if not system.same_recipe:
            return f"{system.name} was measured on graphs built in another way than those it was trained on"
    seen = {seen for system in systems for seen in system.seen}
    if len(seen) == 1:
        return None
    if "dev" in seen:
        return "the texts chose the epoch of some runs, and not of others"
    return "the encoders of some runs were pre-trained on the texts, and those of others were not"


def _verdict(system: System, baseline: System) -> str:
    """What may be claimed of a system that reads knowledge: only what its control does not show too."""
    assert system.low is not None
    assert system.high is not None
    assert system.knowledge is not None
    if system.low <= 0 <= system.high:
        return f"{system.name}: no difference from {baseline.name} that chance could not make."
    if system.high < 0:
        return f"{system.name}: worse than {baseline.name}; knowledge hurts here."
    if system.over_control is None:
        return (
            f"{system.name}: better than {baseline.name}; whether by what the {system.knowledge} say cannot be told "
            f"without its control ({_CONTROLS[system.knowledge]})."
        )
    if system.over_control[0] <= 0:
        return (
            f"{system.name}: better than {baseline.name}, but not than shuffled {system.knowledge} beyond chance: "
            f"nothing can be claimed for what the {system.knowledge} say."
        )
    return f"{system.name}: better than {baseline.name} and than shuffled {system.knowledge}; knowledge helps here."


def _notes(system: System, baseline: System) -> str:
    """What weakens a verdict, behind it."""
    notes = ""
    if system.otherwise:
        notes += f" But the two differ in more: {', '.join(system.otherwise)}."
    if system.over_control and system.control_unmoved and system.control_unmoved > UNMOVED_SHARE:
        notes += (
            f" ({system.control_unmoved:.0%} of the shuffled facts say what they said before, so the control is "
            f"stricter than it looks.)"
        )
    return notes
