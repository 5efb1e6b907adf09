"""Pre-training: what was guessed of corrupted texts, its losses, and how well it does on texts that are held out."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from graphs.tables import Ids
from kbert.batches import evaluation_batches, pieces_at_once, training_batches
from kbert.layout import Layout, move
from kbert.train import Autocast, LossAndCount, Settings

SEED = 0
"""What dev is corrupted by, each time the same way."""


class Guesses(NamedTuple):
    """Scores of what may have been there, and what was; ``kind`` says how each was corrupted, where that differs."""

    scores: Float[Tensor, "items labels"]
    target: Int[Tensor, " items"]
    kind: Int[Tensor, " items"] | None


class PretrainObjective:
    """Several things to guess about every text; the sum of the losses on dev chooses the epoch.

    Args:
        model: a part of the room ``kbert.pretrainings``
        kinds: how things are corrupted, by what is guessed (``KINDS`` of the part)
    """

    def __init__(
        self,
        model: nn.Module,
        data: Layout,
        dev: Layout | None,
        *,
        kinds: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.model, self._data, self._dev, self._kinds = model, data, dev, kinds or {}

    @property
    def _device(self) -> torch.device:
        return next(self.model.parameters()).device

    def batches(self, epoch: int, settings: Settings) -> list[Ids]:
        """Every text once."""
        return training_batches(
            self._data.lengths,
            batch_size=settings.batch_size,
            max_padded=settings.max_padded,
            seed=settings.seed,
            epoch=epoch,
        )

    def loss(self, network: nn.Module, batch: Ids, autocast: Autocast) -> dict[str, LossAndCount]:
        """Cross-entropy of each thing guessed, summed, and over how many."""
        inputs = move(self._collate(self._data, batch), self._device)
        with autocast():
            guessed: dict[str, Guesses] = network(inputs)
        return {
            name: (cross_entropy(some.scores.float(), some.target, reduction="sum"), torch.tensor(len(some.target)))
            for name, some in guessed.items()
        }

    def measure(self, precision: torch.dtype) -> tuple[dict[str, Any], float] | None:
        """Losses and accuracies on dev, which is corrupted in the same way each time."""
        if self._dev is None:
            return None
        self.model.eval()
        tallies: dict[str, Tally] = {}
        device = self._device
        sizes = {"batch_size": 64, "max_padded": pieces_at_once(device)}
        with torch.no_grad(), torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(SEED)
            for which in evaluation_batches(self._dev.lengths, **sizes):
                inputs = move(self._collate(self._dev, which), device)
                with torch.autocast(device.type, dtype=precision, enabled=precision != torch.float32):
                    guessed: dict[str, Guesses] = self.model(inputs)
                for name, some in guessed.items():
                    tallies.setdefault(name, Tally(self._kinds.get(name, ()))).add(some)
        metrics = {f"{name}_{key}": value for name, tally in tallies.items() for key, value in tally.metrics().items()}
        return metrics, -sum(tally.loss for tally in tallies.values())

    def _collate(self, layout: Layout, which: Ids) -> Any:
        return self.model.collate(layout, which)  # type: ignore[operator]


class Tally:
    """How many guesses were right, of each kind, beside always guessing what is most frequent in the batch."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self._kinds = kinds
        self._total, self._lost = 0, 0.0
        self._counts = torch.zeros(max(1, len(kinds)), 3, dtype=torch.long)

    def add(self, guesses: Guesses) -> None:
        """Count the guesses of a batch."""
        scores, target = guesses.scores.float(), guesses.target
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
