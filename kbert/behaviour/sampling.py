"""Rivals that are drawn, among which older papers rank the next item."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from graphs.errors import OptionsError
from graphs.options import check_choice, check_range
from graphs.tables import Ids
from kbert.behaviour.histories import Histories, Questions

How = Literal["uniform", "popular"]


@dataclass(frozen=True)
class Sampling:
    """Rivals that are drawn for each user out of what he never had, as older papers have it.

    Such figures say little about those among all items (Krichene & Rendle 2020, https://doi.org/10.1145/3394486.3403226).

    Args:
        negatives: rivals of each answer, all different
        how: uniform, or popular: in proportion to the events that are learnt of an item
        seed: of the draws; a user's are the same whoever else is asked about

    Raises :class:`OptionsError` for fewer than one rival, and for another way.
    """

    negatives: int = 100
    how: How = "uniform"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        check_range("negatives", self.negatives, 1)
        check_choice("sampling", self.how, get_args(How))

    @property
    def name(self) -> str:
        """What figures among these rivals are called."""
        return f"{self.how}-{self.negatives}-{self.seed}"

    @property
    def told(self) -> str:
        """What an answer is ranked among, in words."""
        way = "drawn evenly" if self.how == "uniform" else "drawn by popularity"
        return f"{self.negatives:,} items {way} (seed {self.seed}) that the user never had"

    def draw(self, questions: Questions, which: Ids, histories: Histories, popularity: npt.NDArray[np.int64]) -> Ids:
        """Rivals for some questions, a row each: none of all that the user has in ``histories``, asked for or not.

        ``popularity`` is that of what is learnt.

        Raises :class:`OptionsError` where a user leaves fewer than are wanted.
        """
        weights = np.ones(len(popularity)) if self.how == "uniform" else popularity
        edges = np.cumsum(weights / weights.sum())
        there = int((weights > 0).sum())
        return np.stack([self._row(user, histories, edges, weights, there) for user in questions.users[which].tolist()])

    def _row(
        self, user: int, histories: Histories, edges: npt.NDArray[np.float64], weights: npt.NDArray[Any], there: int
    ) -> Ids:
        """One after another, those that were drawn already passed over: so as without putting any back."""
        taken = set(histories.items[histories.offsets[user] : histories.offsets[user + 1]].tolist())
        left = there - sum(weights[item] > 0 for item in taken)
        if left < self.negatives:
            which = "" if self.how == "uniform" else " and that are learnt"
            what = f"at most the {left:,} items that a user never had{which}"
            raise OptionsError(f"negatives: expected {what}, found {self.negatives:,}")
        generator = np.random.default_rng((self.seed, user))
        drawn: dict[int, None] = {}
        while len(drawn) < self.negatives:
            some = np.searchsorted(edges, generator.random(2 * self.negatives) * edges[-1], side="right")
            drawn |= dict.fromkeys(item for item in some.tolist() if item not in taken)
        return np.array(list(drawn)[: self.negatives])
