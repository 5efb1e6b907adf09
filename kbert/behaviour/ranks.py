"""How well the next item is told: ranks among all items, and metrics of them.

A rank is realistic: of items that tie with the right one half are counted as before it, as everywhere here
(:mod:`kbert.ranking`). NDCG of one right answer is 1 / log2(1 + rank) (Järvelin & Kekäläinen 2002).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from graphs.tables import Ids, ranges
from kbert.behaviour.histories import Histories, Questions

Ranks = npt.NDArray[np.float64]

Scorer = Callable[[Questions, Ids], Float[Tensor, "batch items"]]
"""Scores of all items for some of the questions, the larger the better."""

Seen = Literal["kept", "excluded"]

CUTOFFS = (5, 10, 20)
USERS = 256
"""Users whose scores are held at once."""


@dataclass(frozen=True)
class Ranked:
    """The rank of each answer, with the items of its history among its rivals and without, and which are tied."""

    kept: Ranks
    excluded: Ranks
    tied: npt.NDArray[np.bool_]
    """Whether another item has the score of the answer, where all are rivals."""

    def where(self, which: npt.NDArray[np.bool_]) -> "Ranked":
        """Those of some questions."""
        return Ranked(self.kept[which], self.excluded[which], self.tied[which])

    def metrics(self, seen: Seen = "kept") -> dict[str, float]:
        """Recall and NDCG at several places, MRR and the share of answers that are tied with another item."""
        ranks = self.kept if seen == "kept" else self.excluded
        found: dict[str, float] = {}
        for most in CUTOFFS:
            within = ranks <= most
            found[f"recall@{most}"] = float(within.mean())
            found[f"ndcg@{most}"] = float((within / np.log2(1 + ranks)).mean())
        return {**found, "mrr": float((1 / ranks).mean()), "tied": float(self.tied.mean())}


def ranked(questions: Questions, scorer: Scorer, *, on_users: Callable[[int], None] = lambda users: None) -> Ranked:
    """Rank the answer of every question among all items.

    An answer that is in the user's history stays a rival of none, and is ranked all the same.
    """
    parts = [_some(questions, which, scorer) for which in _batches(len(questions), on_users)]
    kept, excluded, tied = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Ranked(kept, excluded, tied)


def by_popularity(histories: Histories) -> Scorer:
    """What recommends to everybody the items with most events among those that are learnt."""
    counts = torch.from_numpy(histories.learnt.popularity()).float()
    return lambda questions, which: counts.expand(len(which), -1)


def _batches(count: int, on_users: Callable[[int], None]) -> Iterator[Ids]:
    for start in range(0, count, USERS):
        which = np.arange(start, min(start + USERS, count))
        yield which
        on_users(len(which))


@torch.no_grad()
def _some(questions: Questions, which: Ids, scorer: Scorer) -> tuple[Ranks, Ranks, npt.NDArray[np.bool_]]:
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
    return kept.double().numpy(), (1 + above + beside / 2).double().numpy(), (level > 0).numpy()
