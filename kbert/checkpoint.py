"""Checkpoints: weights, optimizer and place in the training, as safetensors and JSON. Nothing is pickled."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from graphs.errors import StoreError
from graphs.files import replace_file, write_json


@dataclass
class Progress:
    """Where a training stands: the next batch of an epoch, steps done, and the best epoch so far."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    best: float | None = None
    best_epoch: int = -1
    stale: int = 0
    """Epochs since the best."""
    records: int = 0
    """Lines of ``metrics.jsonl`` by then."""


def tensors(module: nn.Module) -> dict[str, Tensor]:
    """Every tensor of a module by name, contiguous, on the CPU."""
    return {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}


def write_tensors(path: Path, values: Mapping[str, Tensor]) -> None:
    """Write tensors whole or not at all. Equal tensors give equal bytes."""
    with replace_file(path) as beside:
        save_file(dict(sorted(values.items())), beside, metadata={"format": "pt"})


def fill(module: nn.Module, path: Path) -> None:
    """Fill a module from a file, strictly.

    Raises :class:`StoreError` if the file is missing or damaged, or if a tensor is missing, left over or of
    another shape.
    """
    own, saved = module.state_dict(), read_tensors(path)
    missing, extra = sorted(own.keys() - saved.keys()), sorted(saved.keys() - own.keys())
    if missing or extra:
        odd = f"{len(missing)} missing (first {missing[:1]}), {len(extra)} left over (first {extra[:1]})"
        raise StoreError(path, None, f"the {len(own)} tensors of this model", odd)
    for name, tensor in own.items():
        if saved[name].shape != tensor.shape:
            raise StoreError(path, None, f"{name} of shape {list(tensor.shape)}", f"{list(saved[name].shape)}")
    module.load_state_dict(saved)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file. Raises :class:`StoreError` if it is missing or damaged."""
    if not path.is_file():
        raise StoreError(path, None, "a file of weights", "no such file (was the training finished?)")
    try:
        return load_file(str(path))
    except Exception as error:  # safetensors raises its own type for every kind of damage
        raise StoreError(path, None, "a whole safetensors file", str(error)) from error


def save(folder: Path, module: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress) -> None:
    """Save all that is needed to go on. The old checkpoint stays until the new one is whole."""
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    write_tensors(new / "model.safetensors", tensors(module))
    write_tensors(new / "optimizer.safetensors", _flat(module, optimizer))
    write_json(new / "progress.json", asdict(progress))
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load(folder: Path, module: nn.Module, optimizer: torch.optim.Optimizer) -> Progress | None:
    """Go back to a checkpoint; None if there is none. A run killed between two renames is mended."""
    new, old = folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")
    if not folder.exists():
        if (new / "progress.json").is_file():
            new.rename(folder)  # progress.json is written last: with it the new one is whole
        elif old.exists():
            old.rename(folder)
        else:
            return None
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    fill(module, folder / "model.safetensors")
    _restore(module, optimizer, read_tensors(folder / "optimizer.safetensors"))
    return Progress(**json.loads((folder / "progress.json").read_text(encoding="utf-8")))


def _named(module: nn.Module) -> dict[int, str]:
    return {id(parameter): name for name, parameter in module.named_parameters()}


def _flat(module: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's tensors as ``parameter name | field``."""
    names = _named(module)
    return {
        f"{names[id(parameter)]}|{field}": torch.as_tensor(value).detach().cpu().contiguous()
        for parameter, fields in optimizer.state.items()
        for field, value in fields.items()
    }


def _restore(module: nn.Module, optimizer: torch.optim.Optimizer, saved: Mapping[str, Tensor]) -> None:
    fields: dict[str, dict[str, Any]] = {}
    for key, value in saved.items():
        name, _, field = key.rpartition("|")
        fields.setdefault(name, {})[field] = value
    names = _named(module)
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            state = fields.get(names[id(parameter)], {})
            optimizer.state[parameter] = {
                field: value.to(parameter.device) if field != "step" else value.clone()
                for field, value in state.items()
            }
