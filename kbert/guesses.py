"""What was guessed of corrupted texts, and how often it was right."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy

Kinds = Mapping[str, bool]
"""Ways in which things are corrupted, and of each whether guesses tell what was learnt: what stayed can be copied."""


class Guesses(NamedTuple):
    """Scores of what may have been there, in float32, and what was.

    ``kind`` says how each was corrupted, where that differs.
    """

    scores: Float[Tensor, "items labels"]
    target: Int[Tensor, " items"]
    kind: Int[Tensor, " items"] | None


class Tally:
    """How many guesses were right, of each kind, beside always guessing what is most frequent in the batch."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._telling = torch.tensor(list(kinds.values()) or [True])
        self._sums = torch.zeros(len(self._telling), len(_COLUMNS), dtype=torch.float64)

    def add(self, guesses: Guesses) -> None:
        """Count the guesses of a batch."""
        scores, target = guesses.scores, guesses.target
        if not len(target):
            return
        right, often = scores.argmax(1) == target, target == target.mode().values
        lost, among = cross_entropy(scores, target, reduction="none"), torch.full_like(target, scores.shape[1])
        kind = torch.zeros_like(target) if guesses.kind is None else guesses.kind
        rows = torch.stack([column.double() for column in (torch.ones_like(target), lost, right, often, among)], dim=1)
        self._sums.index_add_(0, kind.cpu(), rows.cpu())

    @property
    def telling_loss(self) -> float:
        """Cross-entropy for each guess of the kinds that tell what was learnt; 0 where there was none."""
        return _means(self._sums[self._telling].sum(0))["loss"]

    def metrics(self) -> dict[str, Any]:
        """Number, loss and accuracy of all guesses and of each kind, among how many each was made on average.

        Beside the accuracy of each kind stands that of the most frequent.
        """
        total = self._sums.sum(0)
        mean = _means(total)
        found = {"loss": mean["loss"], "guesses": int(total[0]), "accuracy": mean["accuracy"]}
        found["candidates"] = mean["candidates"]
        for kind, sums in zip(self._kinds, self._sums, strict=False):
            mean = _means(sums)
            found[kind] = int(sums[0])
            found |= {f"{kind}_{name}": mean[name] for name in ("loss", "accuracy", "most_frequent")}
        return found


_COLUMNS = ("guesses", "loss", "accuracy", "most_frequent", "candidates")
"""What is summed up."""


def _means(sums: Tensor) -> dict[str, float]:
    """Sums for each guess."""
    return dict(zip(_COLUMNS, (sums / sums[0].clamp(min=1)).tolist(), strict=True))


def told_among(metrics: Mapping[str, Any]) -> str:
    """Among how many each thing was guessed on dev, in words; ``metrics`` are those of tallies, by what was guessed.

    >>> told_among({"words_candidates": 30522.0, "words_loss": 2.0, "entities_candidates": 61.25})
    'words among 30,522, entities among 61.2 on average'
    """
    end = "_candidates"
    some = {name.removesuffix(end): value for name, value in metrics.items() if name.endswith(end)}
    return ", ".join(f"{name} among {value:,.1f}".removesuffix(".0") for name, value in some.items()) + " on average"
