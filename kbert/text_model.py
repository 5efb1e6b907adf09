"""A model with a task's head: what is trained, saved, loaded and asked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float
from torch import Tensor

from graphs import rooms
from graphs.errors import DataError, OptionsError
from graphs.tables import Ids, offsets_of
from kbert.backbone import Backbone
from kbert.batches import evaluation_batches, pieces_at_once
from kbert.layers.pooling import pieces_of_words, pool_words, words_read
from kbert.layout import Encoded, Layout, move
from kbert.metrics import Metric
from kbert.portable import Portable, resolved
from kbert.targets import Targets

MODELS, TASKS = "kbert.models", "kbert.tasks"


def carried(model: str) -> tuple[str, ...]:
    """The options of a model that name folders which it carries with it."""
    names: tuple[str, ...] = getattr(rooms.find(MODELS, model), "CARRIES", ())
    return names


@dataclass(frozen=True, eq=False)
class Examples:
    """Texts ready for a model: laid out, with their targets, and what should be said of each."""

    ids: list[str]
    layout: Layout
    targets: Targets
    gold: list[Any]

    def __len__(self) -> int:
        """The number of texts."""
        return len(self.ids)


class TextModel(Portable):
    """A model of the room ``kbert.models`` under the head of a task of ``kbert.tasks``."""

    def __init__(
        self,
        *,
        model: str,
        task: str,
        labels: list[str],
        backbone_config: dict[str, Any] | None = None,
        model_options: dict[str, Any] | None = None,
        task_options: dict[str, Any] | None = None,
        backbone: Backbone | None = None,
    ) -> None:
        super().__init__()
        if backbone is None:
            raise ValueError("a text model needs a backbone; to load a saved one use from_pretrained")
        self.task: ModuleType = rooms.find(TASKS, task)
        backbone.mark(self.task.MARKERS)
        self._carries = carried(model)
        model_part, head_part = rooms.find(MODELS, model).Model, self.task.Head
        model_options, task_options = resolved(model_part, model_options), resolved(head_part, task_options)
        self.model = model_part(backbone, **model_options)
        model_options |= {**getattr(self.model, "settled", {}), **{name: name for name in self._carries}}
        self.head = head_part(backbone.width, labels, **task_options)
        if getattr(rooms.find(MODELS, model), "WORDS_ALONE", False) and not self.head.reads_words:
            read = f"{task} with pooling {task_options.get('pooling')}"
            raise OptionsError(
                f"{model} changes the vectors of words, and {read} reads none: take one of words (mean or spans)"
            )
        self.labels = labels
        self._keep(
            {
                "model": model,
                "task": task,
                "labels": labels,
                "backbone_config": backbone_config or backbone.config,
                "model_options": model_options,
                "task_options": task_options,
            }
        )

    @property
    def encoder(self) -> Backbone:
        """That of the model."""
        encoder: Backbone = self.model.backbone
        return encoder

    @property
    def primary(self) -> Metric:
        """The metric that chooses the best epoch."""
        metric: Metric = self.task.primary(self.labels, self.settings["task_options"])
        return metric

    @classmethod
    def _placed(cls, settings: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Folders that the model carries lie in its own."""
        there = {name: str(folder / name) for name in carried(settings["model"])}
        return {**settings, "model_options": {**(settings["model_options"] or {}), **there}}

    def _save_pretrained(self, save_directory: Path) -> None:
        """What every model has, and the folders that this one carries."""
        super()._save_pretrained(save_directory)
        for name in self._carries:
            getattr(self.model, name).save_to(save_directory / name)

    def forward(self, batch: Any) -> tuple[Tensor, Encoded]:
        """Scores of the head and encodings, in float32."""
        read: Encoded = self.model(batch)
        with read.for_heads() as encoded:
            return self.head(encoded), encoded

    def examples(self, batches: Iterable[pa.RecordBatch]) -> Examples:
        """Lay rows out and read their targets. Raises :class:`DataError` if there are none."""
        ids: list[str] = []
        gold: list[Any] = []
        layouts, targets = [], []
        for rows in batches:
            ids += rows.column("id").to_pylist()
            gold += self.task.gold(rows)
            layouts.append(self.model.layout(rows))
            targets.append(self.head.targets(rows))
        if not ids:
            raise DataError("text graphs", None, "at least one text", "none")
        return Examples(ids, Layout.join(layouts), Targets.join(targets), gold)

    @torch.no_grad()
    def predict(
        self,
        layout: Layout,
        *,
        batch_size: int = 64,
        max_padded: int | None = None,
        precision: torch.dtype = torch.float32,
        on_batch: Callable[[int], None] = lambda texts: None,
    ) -> list[dict[str, Any]]:
        """What the head says of each text, in the order of the layout."""
        self.eval()
        answers: list[dict[str, Any]] = [{}] * len(layout)
        for which in self._batches(layout, batch_size, max_padded):
            batch = move(self.model.collate(layout, which), self.device)
            with self._computing_in(precision):
                scores, encoded = self(batch)
            for i, answer in zip(which.tolist(), self.head.decode(scores, encoded), strict=True):
                answers[i] = answer
            on_batch(len(which))
        return answers

    @torch.no_grad()
    def encode(
        self,
        layout: Layout,
        *,
        batch_size: int = 64,
        max_padded: int | None = None,
        precision: torch.dtype = torch.float32,
        on_batch: Callable[[int], None] = lambda texts: None,
    ) -> Float[np.ndarray, "words width"]:
        """The vectors of all words of all texts, end to end in the order of the layout.

        That of a word is the mean over its pieces, whatever the head reads; it is NaN for a word without any (it was
        cut off, or no piece stands for its characters).
        """
        self.eval()
        first = offsets_of(layout.words)
        vectors = np.full((int(first[-1]), self.encoder.width), np.nan, dtype=np.float32)
        for which in self._batches(layout, batch_size, max_padded):
            batch = move(self.model.collate(layout, which), self.device)
            with self._computing_in(precision):
                found: Encoded = self.model(batch)
            with found.for_heads() as encoded:
                read = words_read(encoded.word)
                words = pool_words(encoded.pieces, encoded.word, read, "mean").cpu().numpy()
                row, word = np.nonzero((pieces_of_words(encoded.word, read) > 0).cpu().numpy())
            vectors[first[which][row] + word] = words[row, word]
            on_batch(len(which))
        return vectors

    def _batches(self, layout: Layout, batch_size: int, max_padded: int | None) -> list[Ids]:
        """The texts of a layout in batches of like length."""
        most = max_padded or pieces_at_once(self.device)
        return evaluation_batches(layout.lengths, batch_size=batch_size, max_padded=most)

    def _computing_in(self, precision: torch.dtype) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=precision, enabled=precision != torch.float32)


def evaluate(model: TextModel, examples: Examples, predictions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Metrics of predictions."""
    said = [model.task.said(prediction) for prediction in predictions]
    metrics: dict[str, Any] = model.task.metrics(examples.gold, said, model.labels, model.settings["task_options"])
    return metrics
