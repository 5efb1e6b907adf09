"""How well the next item is told: ranks among all items, and metrics of them.

A rank is realistic: of items that tie with the right one half are counted as before it, as everywhere here
(:mod:`kbert.ranking`). NDCG of one right answer is 1 / log2(1 + rank) (Järvelin & Kekäläinen 2002).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from graphs.errors import OptionsError
from graphs.options import check_choice, check_range
from graphs.tables import Ids, ranges
from kbert.behaviour.histories import Histories, Questions

Ranks = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

Scorer = Callable[[Questions, Ids], Float[Tensor, "batch items"]]
"""Scores of all items for some of the questions, the larger the better."""

Seen = Literal["kept", "excluded"]

Rivals = Literal["kept", "excluded", "sampled"]
"""Whom an answer is ranked among: all items, all but those of its history, or some that were drawn."""

How = Literal["uniform", "popular"]

CUTOFFS = (5, 10, 20)
USERS = 256
"""Users whose scores are held at once, at most."""
SCORES = 2**24
"""Scores that are held at once: of a large catalogue for fewer users."""


def users_at_once(catalogue: int) -> int:
    """For how many users scores of all items are held at once."""
    return min(USERS, max(1, SCORES // max(1, catalogue)))


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
    def told(self) -> str:
        """What an answer is ranked among, in words."""
        way = "drawn evenly" if self.how == "uniform" else "drawn by popularity"
        return f"{self.negatives:,} items {way} (seed {self.seed}) that the user never had"

    def draw(self, questions: Questions, which: Ids, popularity: Counts) -> Ids:
        """Rivals for some questions, a row each.

        Raises :class:`OptionsError` where a user leaves fewer than are wanted.
        """
        weights = np.ones(len(popularity)) if self.how == "uniform" else popularity
        edges = np.cumsum(weights / weights.sum())
        there = int((weights > 0).sum())
        return np.stack([self._row(questions, place, edges, weights, there) for place in which.tolist()])

    def _row(self, questions: Questions, place: int, edges: Ranks, weights: npt.NDArray[Any], there: int) -> Ids:
        """One after another, those that were drawn already passed over: so as without putting any back."""
        history = questions.items[questions.offsets[place] : questions.offsets[place + 1]]
        taken = {*history.tolist(), int(questions.answers[place])}
        left = there - sum(weights[item] > 0 for item in taken)
        if left < self.negatives:
            what = f"at most the {left:,} items that a user never had"
            raise OptionsError(f"negatives: expected {what}, found {self.negatives:,}")
        generator = np.random.default_rng((self.seed, int(questions.users[place])))
        drawn: dict[int, None] = {}
        while len(drawn) < self.negatives:
            some = np.searchsorted(edges, generator.random(2 * self.negatives) * edges[-1], side="right")
            drawn |= dict.fromkeys(item for item in some.tolist() if item not in taken)
        return np.array(list(drawn)[: self.negatives])


@dataclass(frozen=True)
class Ranked:
    """The rank of each answer, with the items of its history among its rivals and without, and which are tied."""

    kept: Ranks
    excluded: Ranks
    tied: npt.NDArray[np.bool_]
    """Whether another item has the score of the answer, where all are rivals (or the drawn ones)."""
    sampled: Ranks | None = None
    """Among rivals that were drawn, where some were."""

    def where(self, which: npt.NDArray[Any]) -> "Ranked":
        """Those of some questions, by truth values or by their places."""
        sampled = None if self.sampled is None else self.sampled[which]
        return Ranked(self.kept[which], self.excluded[which], self.tied[which], sampled)

    def among(self, rivals: Rivals) -> Ranks:
        """The ranks among some rivals."""
        ranks = {"kept": self.kept, "excluded": self.excluded, "sampled": self.sampled}[rivals]
        assert ranks is not None, "nothing was drawn"
        return ranks

    def metrics(self, rivals: Rivals = "kept") -> dict[str, float]:
        """Recall and NDCG at several places, MRR and the share of answers that are tied with another item."""
        found = gains(self.among(rivals))
        return {name: float(gain.mean()) for name, gain in found.items()} | {"tied": float(self.tied.mean())}


def gains(ranks: Ranks) -> dict[str, Ranks]:
    """What each answer adds to the metrics, which are the means of it."""
    found: dict[str, Ranks] = {}
    for most in CUTOFFS:
        within = (ranks <= most).astype(np.float64)
        found |= {f"recall@{most}": within, f"ndcg@{most}": within / np.log2(1 + ranks)}
    return found | {"mrr": 1 / ranks}


def ranked(
    questions: Questions,
    scorer: Scorer,
    *,
    draw: Callable[[Ids], Ids] | None = None,
    on_users: Callable[[int], None] = lambda users: None,
) -> Ranked:
    """Rank the answer of every question among all items, and among those that ``draw`` gives for some questions.

    An answer that is in the user's history stays a rival of none, and is ranked all the same. Histories of like length
    are read together.
    """
    order = np.argsort(-questions.lengths, kind="stable")
    batches = _batches(order, users_at_once(questions.catalogue), on_users)
    parts = [_some(questions, which, scorer, draw) for which in batches]
    kept, excluded, tied, sampled = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Ranked(kept, excluded, tied, None if draw is None else sampled).where(np.argsort(order))


def by_popularity(histories: Histories) -> Scorer:
    """What recommends to everybody the items with most events among those that are learnt."""
    counts = torch.from_numpy(histories.learnt.popularity()).float()
    return lambda questions, which: counts.expand(len(which), -1)


def _batches(order: Ids, together: int, on_users: Callable[[int], None]) -> Iterator[Ids]:
    for start in range(0, len(order), together):
        which = order[start : start + together]
        yield which
        on_users(len(which))


@torch.no_grad()
def _some(
    questions: Questions, which: Ids, scorer: Scorer, draw: Callable[[Ids], Ids] | None
) -> tuple[Ranks, Ranks, npt.NDArray[np.bool_], Ranks]:
    scores = scorer(questions, which).float().cpu()
    answers = torch.from_numpy(questions.answers[which].astype(np.int64))[:, None]
    own = scores.gather(1, answers)
    above, level = (scores > own).sum(1), (scores == own).sum(1) - 1
    kept = 1 + above + level / 2
    lengths = questions.lengths[which]
    row = torch.from_numpy(np.repeat(np.arange(len(which)), lengths))
    seen = torch.from_numpy(questions.items[ranges(questions.offsets[which], lengths)].astype(np.int64))
    rivals = torch.ones_like(scores, dtype=torch.bool)
    rivals[row, seen] = False
    rivals.scatter_(1, answers, True)
    above, beside = ((scores > own) & rivals).sum(1), ((scores == own) & rivals).sum(1) - 1
    among = [kept, 1 + above + beside / 2, torch.zeros(0)]
    if draw is not None:
        drawn = scores.gather(1, torch.from_numpy(draw(which)))
        level = (drawn == own).sum(1)
        among[2] = 1 + (drawn > own).sum(1) + level / 2
    of_all, of_others, of_drawn = (ranks.double().numpy() for ranks in among)
    return of_all, of_others, (level > 0).numpy(), of_drawn
