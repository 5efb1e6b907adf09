"""Who is near whom, by the friends that a behaviour graph tells."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, eye_array

from graphs.behaviour import BehaviourGraph
from graphs.tables import Ids, Ints, offsets_of


class Circles:
    """Who is near whom: friends, friends of friends, and oneself.

    With a ``generator`` users who have friends change places with each other: a circle of the same kind, of others.
    """

    def __init__(self, graph: BehaviourGraph, generator: np.random.Generator | None = None) -> None:
        self.offsets, self.ids = graph.friends
        count = len(self.offsets) - 1
        if generator is not None:
            self.offsets, self.ids = _elsewhere(self.offsets, self.ids, generator)
        ones = np.ones(len(self.ids), dtype=np.int32)
        friends = csr_array((ones, self.ids, self.offsets), shape=(count, count))
        self._near = (friends + friends @ friends + eye_array(count, dtype=np.int32, format="csr")).tocsr()

    def strangers(self, users: Ids, others: Ids) -> npt.NDArray[np.bool_]:
        """Which of ``others`` are in no such way near each of ``users``."""
        return np.asarray(self._near[users][:, others].toarray() == 0)

    def draw(self, user: int, left: npt.NDArray[np.bool_], generator: np.random.Generator) -> int | None:
        """A friend of a user, of those that are ``left``; None if there is none."""
        own = self.ids[self.offsets[user] : self.offsets[user + 1]]
        own = own[left[own]]
        return int(generator.choice(own)) if len(own) else None


def _elsewhere(offsets: Ids, ids: Ints, generator: np.random.Generator) -> tuple[Ids, Ints]:
    """The same graph of friends with its nodes in others' places; those without friends stay."""
    users = np.flatnonzero(np.diff(offsets))
    place = np.arange(len(offsets) - 1)
    place[users] = generator.permutation(users)
    one, other = place[np.repeat(np.arange(len(place)), np.diff(offsets))], place[ids]
    order = np.lexsort((other, one))
    return offsets_of(np.bincount(one, minlength=len(place))), other[order].astype(ids.dtype)
