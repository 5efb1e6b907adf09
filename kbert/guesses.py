"""What was guessed of corrupted texts, and how often it was right."""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy


class Guesses(NamedTuple):
    """Scores of what may have been there, in float32, and what was.

    ``kind`` says how each was corrupted, where that differs.
    """

    scores: Float[Tensor, "items labels"]
    target: Int[Tensor, " items"]
    kind: Int[Tensor, " items"] | None


class Tally:
    """How many guesses were right, of each kind, beside always guessing what is most frequent in the batch."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self._kinds = kinds
        self._total, self._lost = 0, 0.0
        self._counts = torch.zeros(max(1, len(kinds)), 3, dtype=torch.long)

    def add(self, guesses: Guesses) -> None:
        """Count the guesses of a batch."""
        scores, target = guesses.scores, guesses.target
        if not len(target):
            return
        self._lost += float(cross_entropy(scores, target, reduction="sum"))
        self._total += len(target)
        right, often = scores.argmax(1) == target, target == target.mode().values
        kind = torch.zeros_like(target) if guesses.kind is None else guesses.kind
        rows = torch.stack((torch.ones_like(target), right.long(), often.long()), dim=1)
        self._counts.index_add_(0, kind.cpu(), rows.cpu())

    @property
    def loss(self) -> float:
        """Cross-entropy for each guess."""
        return self._lost / max(1, self._total)

    def metrics(self) -> dict[str, Any]:
        """Loss, accuracy and that of the most frequent, of all and of each kind."""
        total = self._counts.sum(0)
        found = {"loss": self.loss, "guesses": self._total, "accuracy": _share(total, 1)}
        for kind, counts in zip(self._kinds, self._counts, strict=False):
            found |= {f"{kind}": int(counts[0]), f"{kind}_accuracy": _share(counts, 1)}
            found[f"{kind}_most_frequent"] = _share(counts, 2)
        return found


def _share(counts: Tensor, column: int) -> float:
    return int(counts[column]) / max(1, int(counts[0]))
