"""Telling users' profiles: learnt from the histories of some users, measured on others.

The encoder's vector at [CLS] says each attribute (Xiao et al. 2021, https://arxiv.org/abs/2102.10989, their fine-tuning
for profiles). Who is learnt from is told by a user's name (:func:`kbert.behaviour.profiles.part_of`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from graphs.behaviour import BehaviourGraph
from graphs.errors import OptionsError
from graphs.tables import Ids
from kbert.batches import training_batches
from kbert.behaviour.histories import Histories, Stretches
from kbert.behaviour.laying import lay
from kbert.behaviour.model import Recommender
from kbert.behaviour.profiles import Part, Target, losses_of, part_of, values_of
from kbert.behaviour.ranks import check_scores
from kbert.layout import move
from kbert.metrics import accuracy, label_counts, macro_f1, number_counts, of_numbers
from kbert.train import Autocast, LossAndCount, Settings

USERS = 256
"""Users who are told at once."""


@dataclass
class Batch:
    """Stretches of some users, and what is known of these."""

    ids: Int[Tensor, "batch pieces"]
    told: Float[Tensor, "batch labels"]
    """For each attribute its value as the targets have it; NaN where it is not known."""

    def __len__(self) -> int:
        """How many users there are."""
        return len(self.ids)


class Profiles:
    """What is known of users with events, and stretches of these: without the events that dev and test ask for.

    Raises :class:`OptionsError` for a recommender that reads one way only: its [CLS] has read nothing.
    """

    def __init__(self, model: Recommender, graph: BehaviourGraph) -> None:
        if model.part.causal:
            raise OptionsError("objective: expected masked where a profile is told, at [CLS], found causal")
        self.recommender, self.targets = model, model.attributes
        self.learnt = Histories.of(graph).learnt
        self.told = values_of(self.targets, graph)
        asked = (np.diff(self.learnt.offsets) > 0) & ~np.isnan(self.told).all(1)
        part = np.array([part_of(user) for user in graph.users])
        self._users = {name: np.flatnonzero(asked & (part == name)) for name in ("train", "dev", "test")}

    def users(self, part: Part) -> Ids:
        """Who belongs to a part: users with events, of whom something is known."""
        return self._users[part]

    def laid(self, some: Stretches) -> Tensor:
        """Some stretches of histories, nothing of which is hidden."""
        nothing = [np.zeros(0, dtype=np.int64)] * len(some)
        return lay(self.learnt.items, some.first, some.taken, nothing, causal=False).ids

    @torch.no_grad()
    def said(self, users: Ids, precision: torch.dtype) -> npt.NDArray[np.float32]:
        """What the model says of some users from the ends of their histories: numbers, or places of categories.

        Raises :class:`DataError` where it says what is no number.
        """
        model = self.recommender.eval()
        taken = np.minimum(np.diff(self.learnt.offsets), model.part.most)
        ends = Stretches(np.arange(len(taken)), self.learnt.offsets[1:] - taken, taken, taken)
        rows = []
        for start in range(0, len(users), USERS):
            ids = self.laid(ends.of(users[start : start + USERS])).to(model.device)
            with torch.autocast(model.device.type, dtype=precision, enabled=precision != torch.float32):
                vectors = model(ids)
            said = model.part.profile(vectors[:, 0].float())
            columns = [said[one.name].argmax(1) if one.categories else said[one.name][:, 0] for one in self.targets]
            check_scores(torch.cat([*said.values()], dim=1))
            rows.append(torch.stack([column.float() for column in columns], dim=1).cpu().numpy())
        return np.concatenate([*rows, np.zeros((0, len(self.targets)), np.float32)])

    def simplest(self, users: Ids) -> npt.NDArray[np.float32]:
        """What is said without reading anything: the most frequent category of those that are learnt, or the mean."""
        known = self.told[self.users("train")]
        columns = []
        for place, one in enumerate(self.targets):
            column = known[~np.isnan(known[:, place]), place]
            columns.append(
                np.bincount(column.astype(np.int64), minlength=1).argmax() if one.categories else column.mean()
            )
        return np.tile(np.array(columns, np.float32), (len(users), 1))

    def worded(self, rows: npt.NDArray[np.float32]) -> list[dict[str, Any]]:
        """By attribute the number or the category that rows have; without what is not known."""
        found = []
        for row in rows.tolist():
            known = {
                one.name: one.worded(value) for one, value in zip(self.targets, row, strict=True) if value == value
            }
            found.append(known)
        return found

    def metrics(self, users: Ids, said: npt.NDArray[np.float32]) -> dict[str, float]:
        """Of each attribute accuracy and macro F1, or mean error and R²; ``mean`` is of accuracies and R² of all.

        An attribute that is known of none of these users has no figures.
        """
        found: dict[str, float] = {}
        skills = []
        for place, one in enumerate(self.targets):
            known = ~np.isnan(self.told[users, place])
            if not known.any():
                continue
            of_one, skill = _measured(one, self.told[users[known], place], said[known, place])
            found |= {f"{one.name} {name}": value for name, value in of_one.items()}
            skills.append(skill)
        return {**found, "mean": float(np.mean(skills)), "users": len(users)}


def _measured(
    target: Target, told: npt.NDArray[np.float32], said: npt.NDArray[np.float32]
) -> tuple[dict[str, float], float]:
    """Figures of one attribute, and that of them which is better the larger it is."""
    if target.categories:
        names, said_names = ([target.categories[int(i)] for i in column] for column in (told, said))
        total = label_counts(names, said_names, target.categories).sum(0)
        return {"accuracy": accuracy(total), "macro_f1": macro_f1(total)}, accuracy(total)
    gold, found = (column * target.deviation + target.mean for column in (told, said))
    figures = of_numbers(number_counts([(gold, found)]).sum(0))
    return {name: figures[name] for name in ("mae", "r2")}, figures["r2"]


class ProfileObjective:
    """Train a recommender to tell users' profiles.

    Raises :class:`OptionsError` where one part has no user of whom something is known, and where an attribute is known
    of nobody who is learnt from.
    """

    def __init__(self, model: Recommender, graph: BehaviourGraph) -> None:
        self.profiles = Profiles(model, graph)
        for part in ("train", "dev"):
            if not len(self.profiles.users(part)):
                raise OptionsError(f"{graph.folder} has no user for {part} of whom an attribute is known")
        known = ~np.isnan(self.profiles.told[self.profiles.users("train")])
        for place, one in enumerate(self.profiles.targets):
            if not known[:, place].any():
                raise OptionsError(f"{graph.folder} has no user for train of whom {one.name} is known")

    @property
    def model(self) -> Recommender:
        """What is trained."""
        return self.profiles.recommender

    def batches(self, epoch: int, settings: Settings) -> Sequence[Batch]:
        """The stretches of an epoch: one of each user, drawn anew, with others of like length."""
        generator = np.random.default_rng((settings.seed, epoch))
        own = self.profiles.learnt.one_each(self.model.part.most, generator).of(self.profiles.users("train"))
        which = training_batches(
            own.taken,
            batch_size=settings.batch_size,
            max_padded=settings.max_padded,
            seed=settings.seed,
            epoch=epoch,
        )
        return [
            Batch(self.profiles.laid(own.of(some)), torch.from_numpy(self.profiles.told[own.user[some]]))
            for some in which
        ]

    def loss(self, network: nn.Module, batch: Batch, autocast: Autocast) -> dict[str, LossAndCount]:
        """The loss of each attribute, summed, and over how many users."""
        batch = move(batch, self.model.device)
        with autocast():
            vectors = network(batch.ids)
        return losses_of(self.profiles.targets, self.model.part.profile(vectors[:, 0].float()), batch.told)

    def measure(self, precision: torch.dtype) -> tuple[dict[str, Any], float]:
        """Metrics of the profiles of dev, and their mean, which chooses the epoch."""
        users = self.profiles.users("dev")
        found = self.profiles.metrics(users, self.profiles.said(users, precision))
        return found, found["mean"]
