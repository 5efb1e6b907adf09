"""What is known of users as targets: numbers, scaled as those of all users are, and categories.

Some users' profiles are held out, always the same ones: those that ``kbert train uprec --task profile`` asks for.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cross_entropy, huber_loss

from graphs.behaviour import Attribute, BehaviourGraph
from graphs.errors import OptionsError, did_you_mean
from kbert.train import LossAndCount

Part = Literal["train", "dev", "test"]

FIFTHS: tuple[Part, ...] = ("train", "train", "train", "dev", "test")
"""To which part the users of each fifth belong."""


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
    def of(cls, name: str, attribute: Attribute, users: npt.NDArray[np.bool_] | None = None) -> "Target":
        """The target that an attribute makes, with mean and deviation over these users, or over all.

        All categories are known by name, also those that none of these users has.
        """
        if attribute.kind == "category":
            return cls(name, tuple(attribute.categories))
        counted = attribute.known if users is None else attribute.known & users
        known = attribute.numbers[counted].astype(np.float64)
        deviation = float(known.std()) if len(known) else 0.0
        return cls(name, (), float(known.mean()) if len(known) else 0.0, deviation or 1.0)

    def values(self, attribute: Attribute) -> npt.NDArray[np.float32]:
        """For each user the number in deviations from the mean, or the place of the category; NaN where not known.

        Raises :class:`OptionsError` for an attribute of the other kind, and for a category that the target has not.
        """
        if (attribute.kind == "category") != bool(self.categories):
            raise OptionsError(f"{self.name}: expected a {self._kind}, as it was learnt, found a {attribute.kind}")
        found = np.where(attribute.known, attribute.numbers, np.nan)
        if not self.categories:
            return ((found - self.mean) / self.deviation).astype(np.float32)
        place = {name: number for number, name in enumerate(self.categories)}
        new = next((name for name in attribute.categories if name not in place), None)
        if new is not None:
            raise OptionsError(
                f"{self.name}: expected one of {', '.join(self.categories)}, as it was learnt, found {new!r}"
            )
        places = np.array([*(place[name] for name in attribute.categories), np.nan], dtype=np.float32)
        values: npt.NDArray[np.float32] = places[np.where(attribute.known, attribute.numbers, -1).astype(np.int64)]
        return values

    @property
    def _kind(self) -> str:
        return "category" if self.categories else "number"

    def worded(self, value: float) -> float | str:
        """The number or the category that a value stands for, as :meth:`values` has it."""
        return self.categories[int(value)] if self.categories else value * self.deviation + self.mean


def targets_of(
    graph: BehaviourGraph, names: Sequence[str] | None = None, *, hold_profiles: bool = False
) -> list[Target]:
    """The attributes of a graph as targets: those with these names, or all that are known of somebody.

    With ``hold_profiles`` nothing is taken from numbers of users whose profiles are for dev and test.

    Raises :class:`OptionsError` for a name that no attribute has, and for one that is known of nobody.
    """
    known = graph.attributes
    _check_names(graph, names or ())
    for name in names or ():
        if not known[name].known.any():
            raise OptionsError(f"{graph.folder}: {name} is known of no user")
    asked = [name for name in known if known[name].known.any()] if names is None else names
    learnt = np.array([part_of(user) == "train" for user in graph.users]) if hold_profiles else None
    return [Target.of(name, known[name], learnt) for name in asked]


def values_of(targets: Sequence[Target], graph: BehaviourGraph) -> npt.NDArray[np.float32]:
    """What is known of each user as targets have it, a row a user and a column a target; NaN where it is not.

    Raises :class:`OptionsError` where the graph lacks an attribute or has it otherwise (:meth:`Target.values`).
    """
    _check_names(graph, [target.name for target in targets])
    columns = [target.values(graph.attributes[target.name]) for target in targets]
    return np.stack([*columns, np.zeros(len(graph.users), np.float32)], axis=1)[:, : len(targets)]


def _check_names(graph: BehaviourGraph, names: Sequence[str]) -> None:
    known = graph.attributes
    for name in names:
        if name not in known:
            there = f"there are: {', '.join(known)}" if known else "there are none"
            raise OptionsError(f"{graph.folder} has no attribute {name!r}{did_you_mean(name, list(known))}; {there}")


def part_of(user: str) -> Part:
    """To which part of a profile's data a user belongs, by the digest of his name: so in whatever graph he is."""
    return FIFTHS[int.from_bytes(hashlib.sha256(user.encode()).digest()[:8]) % len(FIFTHS)]


def losses_of(
    targets: Sequence[Target], said: Mapping[str, Tensor], told: Float[Tensor, "batch labels"]
) -> dict[str, LossAndCount]:
    """Of each target Huber loss (δ = 1) or cross-entropy, summed over users of whom it is known (NaN: it is not).

    ``said`` has of each target by name the number, ``(batch, 1)``, or the logits of the categories.
    """
    losses = {}
    for place, one in enumerate(targets):
        known = ~told[:, place].isnan()
        target, found = told[known, place], said[one.name][known]
        if one.categories:
            loss = cross_entropy(found, target.long(), reduction="sum")
        else:
            loss = huber_loss(found[:, 0], target, reduction="sum")
        losses[one.name] = loss, known.sum()
    return losses
