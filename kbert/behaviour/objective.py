"""What a recommender learns from: hidden or next items, what is known of users, and who knows whom.

Xiao et al. 2021 (https://arxiv.org/abs/2102.10989): masked item prediction (MIP), user attribute prediction (UAP) and
social relation detection (SRD), each with a weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from graphs.behaviour import BehaviourGraph
from graphs.errors import DataError, OptionsError
from graphs.options import check_choice, check_range
from graphs.tables import Ids, Ints
from kbert.batches import training_batches
from kbert.behaviour.circles import Circles
from kbert.behaviour.histories import Histories, Questions, Stretches
from kbert.behaviour.laying import PAD, Laid, hide, lay
from kbert.behaviour.model import Recommender
from kbert.behaviour.profiles import losses_of, part_of, values_of
from kbert.behaviour.ranks import ranked
from kbert.layout import move
from kbert.train import Autocast, LossAndCount, Settings

ALIKE = 0.25
"""Numbers of users that differ by less, in deviations over users, are near-equal."""

PRIMARY = "ndcg@10"
"""The metric that chooses the epoch."""


@dataclass(frozen=True)
class Learning:
    """What is asked of each stretch of a history.

    Args:
        mip: weight of hidden (or next) items
        uap: weight of what is known of users
        srd: weight of who knows whom
        mask_rate: share of items that are hidden
        last_share: share of stretches of which the last item alone is hidden, as it is where the next one is asked for
        stretches: those of each history in an epoch: one, or overlapping ones, which ask for each item once
        sampled: items drawn as rivals of the right one for a whole batch (0, or no fewer than there are: all items are)
        hold_profiles: what is known of users whose profiles are for dev and test is not learnt
        shuffled: as a control, what is known of users, and who knows whom, is told of others

    Raises :class:`OptionsError` for a value out of range, and where nothing has a weight.
    """

    mip: float = 1.0
    uap: float = 0.0
    srd: float = 0.0
    mask_rate: float = 0.2
    last_share: float = 0.5
    stretches: Literal["one", "overlapping"] = "overlapping"
    sampled: int = 0
    hold_profiles: bool = False
    shuffled: bool = False

    def __post_init__(self) -> None:
        """Refuse what nothing could be learnt by."""
        for name in ("mip", "uap", "srd", "sampled"):
            check_range(name, getattr(self, name), 0)
        check_range("mask_rate", self.mask_rate, 0, most=1)
        check_range("last_share", self.last_share, 0, most=1)
        check_choice("stretches", self.stretches, ("one", "overlapping"))
        if not (self.mip or self.uap or self.srd):
            raise OptionsError("mip, uap and srd: expected a weight above 0 for one of them, found none")
        for name in ("hold_profiles", "shuffled"):
            if getattr(self, name) and not (self.uap or self.srd):
                raise OptionsError(f"{name} is about users: expected a weight above 0 of uap or srd, found none")


@dataclass
class Batch:
    """Stretches of some users, what is known of these, and a stretch of a friend of each who has any."""

    laid: Laid
    told: Float[Tensor, "batch labels"]
    """For each attribute its value as the targets have it; NaN where it is not known."""
    friends: Int[Tensor, "nodes pieces"]
    whose: Int[Tensor, " nodes"]
    """The row of the stretch whose user's friend that is."""
    rivals: Bool[Tensor, "nodes nodes"]
    """Which friends of others that friend is told from."""
    candidates: Int[Tensor, " items"]
    """Items drawn as rivals; none where all are."""

    def __len__(self) -> int:
        """How many stretches there are."""
        return len(self.laid.ids)


class Objective:
    """Train a recommender on the histories of a behaviour graph, without the events that are held out."""

    def __init__(self, model: Recommender, graph: BehaviourGraph, learning: Learning, *, seed: int = 0) -> None:
        self.recommender, self.learning = model, learning
        histories = Histories.of(graph)
        self.learnt = histories.learnt
        self.dev: Questions = histories.questions("dev")
        if not len(self.learnt.items):
            raise DataError(graph.folder, None, "users with events to learn from", "none")
        about_users = learning.uap or learning.srd
        self._told = values_of(model.attributes if about_users else [], graph)
        if learning.hold_profiles:
            self._told[[part_of(user) != "train" for user in graph.users]] = np.nan
        generator = np.random.default_rng(seed) if learning.shuffled else None
        if generator is not None:
            self._told = generator.permutation(self._told)
        self._circles = Circles(graph, generator) if learning.srd else None

    @property
    def model(self) -> Recommender:
        """What is trained."""
        return self.recommender

    def batches(self, epoch: int, settings: Settings) -> "Epoch":
        """The stretches of an epoch, drawn anew, with others of like length."""
        generator, most = np.random.default_rng((settings.seed, epoch, 0)), self.recommender.window
        one_each = self.learnt.one_each(most, generator)
        own = one_each.of(np.flatnonzero(one_each.taken))
        if self.learning.stretches == "overlapping":
            own = self.learnt.overlapping(most, generator)
        which = training_batches(
            own.taken,
            batch_size=settings.batch_size,
            max_padded=settings.max_padded,
            seed=settings.seed,
            epoch=epoch,
        )
        return Epoch(self, [own.of(some) for some in which], one_each, (settings.seed, epoch))

    def batch(self, own: Stretches, one_each: Stretches, generator: np.random.Generator) -> Batch:
        """Some stretches, and ``one_each`` of all users, of which those of friends are taken."""
        users, laid = own.user, self._lay(own, generator)
        friends: dict[int, int] = {}
        if self._circles is not None:
            left = one_each.taken > 0
            drawn = ((row, self._circles.draw(user, left, generator)) for row, user in enumerate(users.tolist()))
            friends = {row: friend for row, friend in drawn if friend is not None}
        others = np.array(list(friends.values()), dtype=np.int64)
        # Friends of others, not the users of the batch: those have histories of like length, and a friend has not, so
        # that whoever differs in length would be told to be the friend.
        rivals = np.zeros((len(friends), len(friends)), dtype=bool)
        if self._circles is not None and friends:
            rivals = self._circles.strangers(users[list(friends)], others)
            rivals &= ~self._alike(users[list(friends)], others)
        fewer = self.learning.sampled if self.learning.sampled < self.learnt.catalogue else 0
        candidates = generator.integers(self.learnt.catalogue, size=fewer)
        return Batch(
            laid,
            torch.from_numpy(self._told[users].astype(np.float32)),
            self._lay(one_each.of(others), generator).ids if friends else torch.full((0, 1), PAD),
            torch.tensor(list(friends), dtype=torch.long),
            torch.from_numpy(rivals),
            torch.from_numpy(candidates.astype(np.int64)),
        )

    def _lay(self, some: Stretches, generator: np.random.Generator) -> Laid:
        items: Ints = self.learnt.items
        causal = self.recommender.part.causal
        hidden = None
        if not causal:
            at_end = generator.random(len(some)) < self.learning.last_share
            hidden = hide(some.taken, self.learning.mask_rate, generator, last=at_end)
        return lay(items, some.first, some.taken, hidden, causal=causal, asked=some.asked)

    def _alike(self, users: Ids, others: Ids) -> npt.NDArray[np.bool_]:
        """Whose profiles are near-equal: all attributes are known of both, and none tells them apart."""
        if not self._told.shape[1]:
            return np.zeros((len(users), len(others)), dtype=bool)
        apart = np.abs(self._told[users][:, None] - self._told[others][None])
        number = np.array([not one.categories for one in self.recommender.attributes])
        return np.asarray((apart < np.where(number, ALIKE, 0.5)).all(-1))  # NaN is less than nothing

    def loss(self, network: nn.Module, batch: Batch, autocast: Autocast) -> dict[str, LossAndCount]:
        """The weighed loss of each part, summed, and over how many items, users or friends."""
        batch = move(batch, self.recommender.device)
        part = self.recommender.part
        with autocast():
            vectors = network(batch.laid.ids)
        vectors = vectors.float()
        losses: dict[str, LossAndCount] = {}
        if self.learning.mip:
            total, count = self._items(vectors[batch.laid.row, batch.laid.column], batch)
            losses["mip"] = self.learning.mip * total, count
        if self.learning.uap or self.learning.srd:
            users = part.pooled(vectors, batch.laid.real)
        if self.learning.uap:
            for name, (total, count) in losses_of(self.recommender.attributes, part.profile(users), batch.told).items():
                losses[f"uap {name}"] = self.learning.uap * total, count
        if self.learning.srd:
            total, count = self._relations(network, users, batch, autocast)
            losses["srd"] = self.learning.srd * total, count
        return losses

    def _items(self, asking: Float[Tensor, "labels width"], batch: Batch) -> LossAndCount:
        """Cross-entropy of the right item with all others, or with those drawn."""
        part, target = self.recommender.part, batch.laid.target
        count = torch.tensor(len(target), device=target.device)
        if not len(batch.candidates):
            return cross_entropy(part.scores(asking), target, reduction="sum"), count
        right, wrong = part.scores_of(asking, target, batch.candidates)
        wrong = wrong.masked_fill(batch.candidates[None] == target[:, None], -torch.inf)
        both = torch.cat((right[:, None], wrong), dim=1)
        return (both.logsumexp(1) - right).sum(), count

    def _relations(
        self, network: nn.Module, users: Float[Tensor, "batch width"], batch: Batch, autocast: Autocast
    ) -> LossAndCount:
        """Cross-entropy of a friend with those friends of others who are strangers."""
        told_from = batch.rivals.any(
            1
        )  # else a friend has nobody to be told from, and the loss is 0 whatever is learnt
        count = told_from.sum()
        if not len(batch.whose):
            return users.sum() * 0, count
        with autocast():
            vectors = network(batch.friends)
        part = self.recommender.part
        friends = part.pooled(vectors.float(), batch.friends != PAD)
        every = part.nearness(users[batch.whose], friends)
        right = torch.eye(len(friends), dtype=torch.bool, device=users.device)
        near = every.masked_fill(~(batch.rivals | right), -torch.inf)
        return (near.logsumexp(1) - every.diagonal())[told_from].sum(), count

    def measure(self, precision: torch.dtype) -> tuple[dict[str, Any], float] | None:
        """Metrics of the next items that dev asks for, and the one that chooses the epoch; None where it asks none."""
        if not len(self.dev):
            return None
        found = ranked(self.dev, lambda some, which: self.recommender.answer(some, which, precision=precision))
        metrics = found.metrics()
        return {**metrics, "users": len(self.dev)}, metrics[PRIMARY]


class Epoch(Sequence[Batch]):
    """The batches of an epoch, each made when it is asked for, and the same each time."""

    def __init__(self, objective: Objective, own: list[Stretches], one_each: Stretches, seed: tuple[int, int]) -> None:
        self._objective, self._own, self._one_each, self._seed = objective, own, one_each, seed

    def __len__(self) -> int:
        return len(self._own)

    @overload
    def __getitem__(self, place: int) -> Batch: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Batch]: ...

    def __getitem__(self, place: int | slice) -> Batch | Sequence[Batch]:
        """The batch at a place, or those at some."""
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        generator = np.random.default_rng((*self._seed, 1 + place))
        return self._objective.batch(self._own[place], self._one_each, generator)
