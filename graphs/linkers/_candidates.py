"""What a name may mean, as the priors of the graph have it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graphs.tables import Floats, Ids, offsets_of


class Candidates(NamedTuple):
    """Entities of each phrase, the most likely first: those of phrase ``i`` at ``offsets[i]:offsets[i + 1]``."""

    offsets: Ids
    entity: Ids
    score: Floats

    @classmethod
    def of(cls, phrase: Ids, entity: Ids, prior: npt.NDArray[np.floating], count: int, most: int) -> "Candidates":
        """Rank the entities of ``count`` phrases by prior, then by id, and keep the first ``most`` of each.

        The rows of ``phrase``, ``entity`` and ``prior`` say what each phrase may mean, in any order
        and as often as one likes (of several priors the best). An entity's score is its share of the
        priors of all.
        """
        prior = prior.astype(np.float64)
        ranked = np.lexsort((entity, -prior, phrase))
        _, first = np.unique((phrase * (int(entity.max(initial=0)) + 1) + entity)[ranked], return_index=True)
        once = ranked[np.sort(first)]
        phrase, entity, prior = phrase[once], entity[once], prior[once]
        share = prior / np.bincount(phrase, weights=prior, minlength=count)[phrase]
        near = np.arange(len(phrase)) - offsets_of(np.bincount(phrase, minlength=count))[phrase] < most
        kept = offsets_of(np.bincount(phrase[near], minlength=count))
        return cls(kept, entity[near], share[near].astype(np.float32))

    def at(self, phrase: int) -> list[tuple[int, float]]:
        """Entities and scores of one phrase."""
        rows = slice(*self.offsets[phrase : phrase + 2])
        return list(zip(self.entity[rows].tolist(), self.score[rows].tolist(), strict=True))
