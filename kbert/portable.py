"""Models that are saved with all it takes to build them again: weights, settings, tokenizer."""

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from huggingface_hub import PyTorchModelHubMixin, snapshot_download
from torch import nn

from graphs.errors import StoreError
from graphs.files import replace_files, write_json
from kbert.backbone import Backbone, rebuild
from kbert.checkpoint import fill, tensors, write_tensors

Loaded = TypeVar("Loaded", bound="Portable")


CARD = """---
{{ card_data }}
---

# A model made with kbert

`config.json` says what it is made of and `model.safetensors` holds its weights, beside the tokenizer.
A run folder says in `run.json` what it was trained on, with every option, and in `result.json` how it does on dev.

`kbert evaluate FOLDER` measures it; `kbert predict` (models of texts), `kbert score` and `kbert rank` (models of
triples) ask it. In Python, `from_pretrained` of its class loads it.
"""


class Portable(nn.Module, PyTorchModelHubMixin, ABC, library_name="kbert", model_card_template=CARD):
    """A model around a backbone that travels as a folder or a hub repository.

    ``settings`` holds the arguments of the constructor but the backbone, every option with its
    value. ``from_pretrained`` builds the encoder anew from ``backbone_config`` and fills every
    tensor from the file, none missing and none left over.
    """

    settings: dict[str, Any]

    @property
    @abstractmethod
    def encoder(self) -> Backbone:
        """The backbone, whose tokenizer is saved beside the weights."""

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    def _keep(self, settings: dict[str, Any]) -> None:
        """Remember the settings, for our files and the hub's."""
        self.settings = self._hub_mixin_config = settings

    @classmethod
    def _placed(cls, settings: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Saved settings for a model that is loaded from a folder: what lies there is named by its path."""
        return settings

    def _save_pretrained(self, save_directory: Path) -> None:
        """Weights, settings and tokenizer, for ``save_pretrained`` and ``push_to_hub``."""
        write_tensors(save_directory / "model.safetensors", tensors(self))
        write_json(save_directory / "config.json", self.settings)
        with replace_files(save_directory) as beside:
            self.encoder.tokenizer.save_pretrained(str(beside))

    @classmethod
    def from_pretrained(cls: type[Loaded], pretrained_model_name_or_path: str | Path, **options: Any) -> Loaded:
        """Load a run folder or a hub repository; ``map_location`` says onto which device.

        Raises :class:`StoreError` if a file is missing or damaged or does not fit the others.
        """
        try:
            loaded: Loaded = super().from_pretrained(pretrained_model_name_or_path, **options)
        except json.JSONDecodeError as error:
            raise StoreError(pretrained_model_name_or_path, None, "a whole config.json", str(error)) from error
        return loaded

    @classmethod
    def _from_pretrained(cls: type[Loaded], *, model_id: str, map_location: str = "cpu", **settings: Any) -> Loaded:
        """Build the model from its settings and fill it, strictly."""
        folder = Path(model_id)
        if not folder.is_dir():
            wanted = ("revision", "cache_dir", "token", "local_files_only", "force_download")
            folder = Path(snapshot_download(model_id, **{name: settings[name] for name in wanted}))
        names = [name for name in inspect.signature(cls).parameters if name != "backbone"]
        missing = [name for name in names if name not in settings]
        if missing:
            named = f"{', '.join(names[:2])} and {names[2]}"
            raise StoreError(folder, None, f"a config.json that names {named}", f"none with {missing[0]}")
        own = cls._placed({name: settings[name] for name in names}, folder)
        built = cls(**own, backbone=rebuild(own["backbone_config"], folder))
        fill(built, folder / "model.safetensors")
        return built.to(map_location).eval()


def resolved(part: Callable[..., Any], options: Mapping[str, Any] | None) -> dict[str, Any]:
    """All keyword-only arguments of a part: those given, and the defaults of the rest."""
    arguments = inspect.signature(part).parameters.values()
    defaults = {a.name: a.default for a in arguments if a.kind is inspect.Parameter.KEYWORD_ONLY}
    return defaults | dict(options or {})
