"""Training a text model: on texts with targets, measured on texts that are held out."""

from typing import Any

import torch
from torch import nn

from graphs.tables import Ids
from kbert.batches import training_batches
from kbert.layout import move
from kbert.text_model import Examples, TextModel, evaluate
from kbert.train import Autocast, LossAndCount, Settings


class TextObjective:
    """The loss of a task's head over texts of like length; the task's primary metric chooses the epoch."""

    def __init__(self, model: TextModel, data: Examples, dev: Examples | None) -> None:
        self.model, self._data, self._dev = model, data, dev

    def batches(self, epoch: int, settings: Settings) -> list[Ids]:
        """Every text once."""
        return training_batches(
            self._data.layout.lengths,
            batch_size=settings.batch_size,
            max_padded=settings.max_padded,
            seed=settings.seed,
            epoch=epoch,
        )

    def loss(self, network: nn.Module, batch: Ids, autocast: Autocast) -> LossAndCount:
        """That of the head, and over how many texts or words."""
        device = self.model.device
        inputs = move(self.model.model.collate(self._data.layout, batch), device)
        target = self._data.targets.collate(batch).to(device)
        with autocast():
            scores, encoded = network(inputs)
        total, count = self.model.head.loss(scores, target, encoded)
        return total, count

    def measure(self, precision: torch.dtype) -> tuple[dict[str, Any], float] | None:
        """The task's metrics on dev."""
        if self._dev is None:
            return None
        metrics = evaluate(self.model, self._dev, self.model.predict(self._dev.layout, precision=precision))
        return metrics, metrics[self.model.primary.name]
