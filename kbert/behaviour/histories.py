"""Histories: the items of each user in the order of their events, and which of them are held out.

Leave-one-out: the last event of a user is for test, the one before it for dev, the rest is learnt (Xiao et al. 2021,
https://arxiv.org/abs/2102.10989, as Kang & McAuley 2018 and Sun et al. 2019 before them). Of a user with fewer than
three events all is learnt and nothing is asked.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from graphs.behaviour import BehaviourGraph
from graphs.tables import Ids, Ints, offsets_of, ranges

Split = Literal["dev", "test"]

HELD_OUT: dict[Split, int] = {"dev": 2, "test": 1}
"""From the end, the place of the event that a split asks for."""

LEAST = 3
"""Events of a user of whom some are held out."""


@dataclass(frozen=True, eq=False)
class Questions:
    """What is asked of some users: the item after their history, which is ``items[offsets[i]:offsets[i + 1]]``."""

    users: Ids
    offsets: Ids
    items: Ints
    answers: Ints
    catalogue: int
    """How many items there are to choose from."""

    def __len__(self) -> int:
        """How many users are asked about."""
        return len(self.users)

    @property
    def lengths(self) -> Ids:
        """Items of each history."""
        return np.diff(self.offsets)


@dataclass(frozen=True, eq=False)
class Stretches:
    """Parts of histories: of which user each is, where it begins among all items, and how many it has.

    Read causally, the last ``asked`` of these are asked for; those before them are only read.
    """

    user: Ids
    first: Ids
    taken: Ids
    asked: Ids

    def __len__(self) -> int:
        """How many there are."""
        return len(self.user)

    def of(self, which: Ids) -> "Stretches":
        """Some of them, by place."""
        return Stretches(self.user[which], self.first[which], self.taken[which], self.asked[which])


@dataclass(frozen=True, eq=False)
class Histories:
    """The items of each user end to end: those of user ``i`` are ``items[offsets[i]:offsets[i + 1]]``."""

    offsets: Ids
    items: Ints
    catalogue: int
    """How many items there are."""

    @classmethod
    def of(cls, graph: BehaviourGraph) -> "Histories":
        """The histories of a behaviour graph."""
        return cls(graph.offsets, graph.item, len(graph.items))

    def __len__(self) -> int:
        """How many users there are."""
        return len(self.offsets) - 1

    @property
    def asked(self) -> npt.NDArray[np.bool_]:
        """Of which users events are held out."""
        return np.diff(self.offsets) >= LEAST

    @property
    def learnt(self) -> "Histories":
        """What is learnt: all but the events that dev and test ask for."""
        lengths = np.diff(self.offsets) - np.where(self.asked, HELD_OUT["dev"], 0)
        return Histories(offsets_of(lengths), self.items[ranges(self.offsets[:-1], lengths)], self.catalogue)

    def questions(self, split: Split) -> Questions:
        """What a split asks: of each user's events before the one held out, that one."""
        users = np.flatnonzero(self.asked)
        ends = self.offsets[users + 1] - HELD_OUT[split]
        lengths = ends - self.offsets[users]
        items = self.items[ranges(self.offsets[users], lengths)]
        return Questions(users, offsets_of(lengths), items, self.items[ends].copy(), self.catalogue)

    def splits_of(self, user: int) -> list[Split | Literal["learnt"]]:
        """What each event of a user is for."""
        splits: list[Split | Literal["learnt"]] = ["learnt"] * int(self.offsets[user + 1] - self.offsets[user])
        if self.asked[user]:
            for split, place in HELD_OUT.items():
                splits[-place] = split
        return splits

    def popularity(self) -> npt.NDArray[np.int64]:
        """How many events each item has."""
        return np.bincount(self.items, minlength=self.catalogue)

    def one_each(self, most: int, generator: np.random.Generator) -> "Stretches":
        """A stretch of each history, of ``most`` items at most; its place is the user's.

        Drawn anew each time it is asked for, so that over many epochs all of a long history is seen.
        """
        lengths = np.diff(self.offsets)
        taken = np.minimum(lengths, most)
        first = self.offsets[:-1] + generator.integers(lengths - taken + 1)
        return Stretches(np.arange(len(self)), first, taken, taken)

    def overlapping(self, most: int, generator: np.random.Generator) -> "Stretches":
        """Stretches of all histories in which each item is asked for once, half a stretch of others before it.

        The first of a history has no others before it; it ends anywhere from half a stretch to a whole one, so that
        over many epochs those after it end anywhere.
        """
        lengths, half = np.diff(self.offsets), max(1, most // 2)
        begun = np.minimum(lengths, generator.integers(half, most, size=len(self), endpoint=True))
        count = np.where(lengths > 0, 1 - (begun - lengths) // half, 0)  # rounded up
        user = np.repeat(np.arange(len(self)), count)
        steps = half * ranges(np.zeros(len(self), dtype=np.int64), count)
        end = np.minimum(begun[user] + steps, lengths[user])
        asked = np.where(steps > 0, end - (begun[user] + steps - half), end)
        taken = np.minimum(end, most)
        return Stretches(user, self.offsets[user] + end - taken, taken, asked)
