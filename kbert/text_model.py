"""A model with a task's head: what is trained, saved, loaded and asked."""

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import torch
from huggingface_hub import PyTorchModelHubMixin, snapshot_download
from torch import Tensor, nn

from graphs import rooms
from graphs.errors import DataError, StoreError
from graphs.files import write_json
from kbert import backbone
from kbert.backbone import Backbone
from kbert.batches import evaluation_batches
from kbert.checkpoint import fill, tensors, write_tensors
from kbert.layout import Encoded, Layout, move
from kbert.targets import Targets

MODELS, TASKS = "kbert.models", "kbert.tasks"


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


class TextModel(nn.Module, PyTorchModelHubMixin, library_name="kbert"):
    """A model of the room ``kbert.models`` under the head of a task of ``kbert.tasks``.

    ``settings`` holds all that is needed to build it again but the weights, every option with its
    value. ``from_pretrained`` reads a run folder (or a hub repository with the same files): the encoder
    is built anew from ``backbone_config`` and every tensor is filled from the file, none missing
    and none left over.
    """

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
        model_part, head_part = rooms.find(MODELS, model).Model, self.task.Head
        model_options, task_options = resolved(model_part, model_options), resolved(head_part, task_options)
        self.model = model_part(backbone, **model_options)
        self.head = head_part(backbone.width, labels, **task_options)
        self.labels = labels
        self.settings: dict[str, Any] = {
            "model": model,
            "task": task,
            "labels": labels,
            "backbone_config": backbone_config or backbone.config,
            "model_options": model_options,
            "task_options": task_options,
        }
        self._hub_mixin_config = self.settings

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    def forward(self, batch: Any) -> tuple[Tensor, Encoded]:
        """Scores of the head (in float32, outside any autocast: bf16 cannot tell near scores apart) and encodings."""
        encoded: Encoded = self.model(batch)
        with torch.autocast(encoded.pieces.device.type, enabled=False):
            encoded.pieces = encoded.pieces.float()
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
        max_padded: int = 16_384,
        precision: torch.dtype = torch.float32,
        on_batch: Callable[[int], None] = lambda texts: None,
    ) -> list[dict[str, Any]]:
        """What the head says of each text, in the order of the layout."""
        self.eval()
        answers: list[dict[str, Any]] = [{}] * len(layout)
        for which in evaluation_batches(layout.lengths, batch_size=batch_size, max_padded=max_padded):
            batch = move(self.model.collate(layout, which), self.device)
            with torch.autocast(self.device.type, dtype=precision, enabled=precision != torch.float32):
                scores, encoded = self(batch)
            for i, answer in zip(which.tolist(), self.head.decode(scores, encoded), strict=True):
                answers[i] = answer
            on_batch(len(which))
        return answers

    def _save_pretrained(self, save_directory: Path) -> None:
        """Weights, settings and tokenizer, for ``save_pretrained`` and ``push_to_hub``."""
        write_tensors(save_directory / "model.safetensors", tensors(self))
        write_json(save_directory / "config.json", self.settings)
        self.model.backbone.tokenizer.save_pretrained(str(save_directory))

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | Path, **options: Any) -> "TextModel":
        """Load a run folder or a hub repository; ``map_location`` says onto which device.

        Raises :class:`StoreError` if a file is missing or damaged or does not fit the others.
        """
        try:
            loaded: TextModel = super().from_pretrained(pretrained_model_name_or_path, **options)
        except json.JSONDecodeError as error:
            raise StoreError(pretrained_model_name_or_path, None, "a whole config.json", str(error)) from error
        return loaded

    @classmethod
    def _from_pretrained(cls, *, model_id: str, map_location: str = "cpu", **settings: Any) -> "TextModel":
        """Build the model from its settings and fill it, strictly."""
        folder = Path(model_id)
        if not folder.is_dir():
            wanted = ("revision", "cache_dir", "token", "local_files_only", "force_download")
            folder = Path(snapshot_download(model_id, **{name: settings[name] for name in wanted}))
        names = ("model", "task", "labels", "model_options", "task_options", "backbone_config")
        missing = [name for name in names if name not in settings]
        if missing:
            raise StoreError(folder, None, "a config.json that names model, task and labels", f"none with {missing[0]}")
        named = {name: settings[name] for name in names}
        built = cls(**named, backbone=backbone.rebuild(named["backbone_config"], folder))
        fill(built, folder / "model.safetensors")
        return built.to(map_location).eval()


def resolved(part: Callable[..., Any], options: Mapping[str, Any] | None) -> dict[str, Any]:
    """All keyword-only arguments of a part: those given, and the defaults of the rest."""
    arguments = inspect.signature(part).parameters.values()
    defaults = {a.name: a.default for a in arguments if a.kind is inspect.Parameter.KEYWORD_ONLY}
    return defaults | dict(options or {})


def evaluate(model: TextModel, examples: Examples, predictions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Metrics of predictions."""
    said = [model.task.said(prediction) for prediction in predictions]
    metrics: dict[str, Any] = model.task.metrics(examples.gold, said, model.labels)
    return metrics
