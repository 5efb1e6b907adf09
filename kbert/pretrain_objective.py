"""Pre-training: the losses of what is guessed, and how well it does on texts that are held out."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from graphs.tables import Ids
from kbert.batches import evaluation_batches, training_batches
from kbert.guesses import Guesses, Kinds, Tally
from kbert.layout import Layout, move
from kbert.pretrainer import Pretrainer
from kbert.train import Autocast, LossAndCount, Settings

SEED = 0
"""What dev is corrupted by, each time the same way."""

TEXTS, PIECES = 64, 16_384
"""Texts of dev that are read together, and their pieces at most.

On every device the same: entities are chosen among those of a batch.
"""


class PretrainObjective:
    """Several things to guess about every text; the sum of their losses on dev chooses the epoch.

    Of what is corrupted in several ways only those count there that tell what was learnt.

    Args:
        model: a part of the room ``kbert.pretrainings``
        learnt: which texts of the data are learnt from (None: all)
        kinds: in which ways things are corrupted, by what is guessed (``KINDS`` of the part)
    """

    def __init__(
        self,
        model: Pretrainer,
        data: Layout,
        dev: Layout | None,
        *,
        learnt: Ids | None = None,
        kinds: Mapping[str, Kinds] | None = None,
    ) -> None:
        self.model, self._data, self._dev, self._kinds = model, data, dev, kinds or {}
        self._learnt = np.arange(len(data)) if learnt is None else learnt

    @property
    def _device(self) -> torch.device:
        return next(self.model.parameters()).device

    def batches(self, epoch: int, settings: Settings) -> list[Ids]:
        """Every text once that is learnt from."""
        batches = training_batches(
            self._data.lengths[self._learnt],
            batch_size=settings.batch_size,
            max_padded=settings.max_padded,
            seed=settings.seed,
            epoch=epoch,
        )
        return [self._learnt[batch] for batch in batches]

    def loss(self, network: nn.Module, batch: Ids, autocast: Autocast) -> dict[str, LossAndCount]:
        """Cross-entropy of each thing guessed, summed, and over how many."""
        inputs = move(self.model.collate(self._data, batch), self._device)
        with autocast():
            guessed: dict[str, Guesses] = network(inputs)
        return {
            name: (cross_entropy(some.scores, some.target, reduction="sum"), torch.tensor(len(some.target)))
            for name, some in guessed.items()
        }

    def measure(self, precision: torch.dtype) -> tuple[dict[str, Any], float] | None:
        """Losses and accuracies on dev, which is corrupted in the same way each time.

        The second figure, the larger the better, is ``choosing_loss`` below zero.
        """
        if self._dev is None:
            return None
        tallies = self._tallies(self._dev, precision)
        metrics = {f"{name}_{key}": value for name, tally in tallies.items() for key, value in tally.metrics().items()}
        loss = sum(tally.telling_loss for tally in tallies.values())
        return {**metrics, "choosing_loss": loss}, -loss

    @torch.no_grad()
    def _tallies(self, dev: Layout, precision: torch.dtype) -> dict[str, Tally]:
        self.model.eval()
        tallies: dict[str, Tally] = {}
        device = self._device
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(SEED)
            for which in evaluation_batches(dev.lengths, batch_size=TEXTS, max_padded=PIECES):
                inputs = move(self.model.collate(dev, which), device)
                with torch.autocast(device.type, dtype=precision, enabled=precision != torch.float32):
                    guessed: dict[str, Guesses] = self.model(inputs)
                for name, some in guessed.items():
                    tallies.setdefault(name, Tally(self._kinds.get(name, {}))).add(some)
        return tallies
