"""What is known of users as targets: numbers, scaled as those of all users are, and categories."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graphs.behaviour import Attribute, BehaviourGraph
from graphs.errors import OptionsError, did_you_mean

UNKNOWN = -1


@dataclass(frozen=True)
class Target:
    """An attribute to tell: a number with mean and deviation over users, or one of some categories."""

    name: str
    categories: tuple[str, ...] = ()
    """Empty for a number."""
    mean: float = 0.0
    deviation: float = 1.0

    @property
    def outputs(self) -> int:
        """Numbers that say it."""
        return len(self.categories) or 1

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "categories": list(self.categories)}

    @classmethod
    def of(cls, name: str, attribute: Attribute) -> "Target":
        """The target that an attribute makes."""
        if attribute.kind == "category":
            return cls(name, tuple(attribute.categories))
        known = attribute.numbers[attribute.known].astype(np.float64)
        deviation = float(known.std()) if len(known) else 0.0
        return cls(name, (), float(known.mean()) if len(known) else 0.0, deviation or 1.0)

    def values(self, attribute: Attribute) -> npt.NDArray[np.float32]:
        """For each user the number in deviations from the mean, or the number of the category; NaN where not known."""
        found = np.where(attribute.known, attribute.numbers, np.nan).astype(np.float32)
        return found if self.categories else ((found - self.mean) / self.deviation).astype(np.float32)


def targets_of(graph: BehaviourGraph, names: Sequence[str] | None = None) -> list[Target]:
    """The attributes of a graph as targets: those with these names, or all.

    Raises :class:`OptionsError` for a name that no attribute has.
    """
    known = graph.attributes
    for name in names or ():
        if name not in known:
            there = f"there are: {', '.join(known)}" if known else "there are none"
            raise OptionsError(f"{graph.folder} has no attribute {name!r}{did_you_mean(name, list(known))}; {there}")
    return [Target.of(name, known[name]) for name in (known if names is None else names)]


def values_of(targets: Sequence[Target], attributes: Mapping[str, Attribute]) -> dict[str, npt.NDArray[np.float32]]:
    """By name, what is known of each user as targets have it."""
    return {target.name: target.values(attributes[target.name]) for target in targets}
