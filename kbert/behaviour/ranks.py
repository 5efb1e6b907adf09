"""How well the next item is told: ranks among all items, and metrics of them.

A rank is realistic: of items that tie with the right one half are counted as before it, as everywhere here
(:mod:`kbert.ranking`). NDCG of one right answer is 1 / log2(1 + rank) (Järvelin & Kekäläinen 2002).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from graphs.errors import DataError
from graphs.tables import Ids, ranges
from kbert.behaviour.histories import Histories, Questions

Ranks = npt.NDArray[np.float64]

Scorer = Callable[[Questions, Ids], Float[Tensor, "batch items"]]
"""Scores of all items for some of the questions, the larger the better."""

Seen = Literal["kept", "excluded"]

Rivals = Literal["kept", "excluded", "sampled"]
"""Whom an answer is ranked among: all items, all but those of its history, or some that were drawn."""

CUTOFFS = (5, 10, 20)
USERS = 256
"""Users whose scores are held at once, at most."""
SCORES = 2**24
"""Scores that are held at once: of a large catalogue for fewer users."""


def users_at_once(catalogue: int) -> int:
    """For how many users scores of all items are held at once."""
    return min(USERS, max(1, SCORES // max(1, catalogue)))


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
    are read together. Raises :class:`DataError` for scores that are no numbers.
    """
    order = np.argsort(-questions.lengths, kind="stable")
    batches = _batches(order, users_at_once(questions.catalogue), on_users)
    parts = [_some(questions, which, scorer, draw) for which in batches]
    kept, excluded, tied, sampled = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Ranked(kept, excluded, tied, None if draw is None else sampled).where(np.argsort(order))


def check_scores(scores: Float[Tensor, "batch items"]) -> None:
    """Raise :class:`DataError` for scores that are no numbers: they would seem best, with nothing before them."""
    wrong = int(scores.isnan().any(1).sum())
    if wrong:
        raise DataError("scores", None, "numbers", f"NaN for {wrong:,} of {len(scores):,} users")


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
    found = scorer(questions, which).float().cpu()
    check_scores(found)
    scores = found.numpy()
    answers, row = questions.answers[which], np.arange(len(which))
    own = scores[row, answers]
    # Counted by NumPy, which is ten times as fast at it: the catalogue may be large.
    above = np.count_nonzero(scores > own[:, None], axis=1)
    level = np.count_nonzero(scores == own[:, None], axis=1) - 1
    kept = 1 + above + level / 2
    lengths = questions.lengths[which]
    seen = questions.items[ranges(questions.offsets[which], lengths)].astype(np.int64)
    row, seen = np.divmod(np.unique(np.repeat(row, lengths) * questions.catalogue + seen), questions.catalogue)
    row, seen = row[seen != answers[row]], seen[seen != answers[row]]
    ahead = (scores[row, seen] > own[row]) + (scores[row, seen] == own[row]) / 2
    excluded = kept - np.bincount(row, ahead, minlength=len(which))
    sampled = np.zeros(0)
    if draw is not None:
        drawn = np.take_along_axis(scores, draw(which), axis=1)
        level = np.count_nonzero(drawn == own[:, None], axis=1)
        sampled = 1 + np.count_nonzero(drawn > own[:, None], axis=1) + level / 2
    return kept, excluded, level > 0, sampled
