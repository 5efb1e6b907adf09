"""Checkpoints: weights, optimizer and place in the training, as safetensors and JSON. Nothing is pickled."""

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from graphs.errors import StoreError
from graphs.files import replace_file, sync_folder, write_json


@dataclass
class Progress:
    """Where a training stands: the next batch of an epoch, steps done, and the best epoch so far."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    best: float | None = None
    best_epoch: int = -1
    metrics: dict[str, Any] | None = None
    """Those of the best epoch on dev."""
    stale: int = 0
    """Epochs since the best."""
    records: int = 0
    """Lines of ``metrics.jsonl`` by then."""

    def evaluated(self, metrics: dict[str, Any] | None, value: float | None) -> bool:
        """Take note of an evaluation; whether it is the best so far, which without a ``value`` each one is."""
        is_best = value is None or self.best is None or bool(value > self.best)  # not numpy's
        if is_best:
            self.best, self.best_epoch, self.stale, self.metrics = value, self.epoch, 0, metrics
        else:
            self.stale += 1
        return is_best


def tensors(module: nn.Module) -> dict[str, Tensor]:
    """Every tensor of a module by name, contiguous, on the CPU; one that several names share by the first of them."""
    return {name: tensor.detach().cpu().contiguous() for name, tensor in _distinct(module).items()}


def _distinct(module: nn.Module) -> dict[str, Tensor]:
    """The tensors of a module, each once."""
    found: dict[tuple[int, torch.Size], str] = {}
    state: dict[str, Tensor] = module.state_dict()
    for name, tensor in state.items():
        found.setdefault((tensor.data_ptr(), tensor.shape) if tensor.numel() else (id(name), tensor.shape), name)
    return {name: state[name] for name in found.values()}


def write_tensors(path: Path, values: Mapping[str, Tensor], about: tuple[str, str] = ("format", "pt")) -> None:
    """Write tensors whole or not at all. Equal ones give equal bytes (see :func:`save_tensors`)."""
    with replace_file(path) as beside:
        save_tensors(beside, values, about)


def save_tensors(path: Path, values: Mapping[str, Tensor], about: tuple[str, str] = ("format", "pt")) -> None:
    """Write tensors.

    ``about`` is the one entry of the file's metadata: several would stand in an order that changes each time.
    """
    path.touch()
    usual = path.stat().st_mode
    save_file(dict(sorted(values.items())), path, metadata=dict([about]))
    path.chmod(usual)  # safetensors leaves its files to their owner alone, whatever the umask says


def fill(module: nn.Module, path: Path) -> None:
    """Fill a module from a file, strictly.

    Raises :class:`StoreError` if the file is missing or damaged, or if a tensor is missing, left over or of
    another shape.
    """
    own, saved = _distinct(module), read_tensors(path)
    check_names(path, own.keys(), saved.keys(), "tensors of this model")
    for name, tensor in own.items():
        if saved[name].shape != tensor.shape:
            raise StoreError(path, None, f"{name} of shape {list(tensor.shape)}", f"{list(saved[name].shape)}")
    module.load_state_dict(saved, strict=False)  # names that share a tensor with another are not among them


def check_names(path: Path, own: Collection[str], saved: Collection[str], what: str) -> None:
    """See that a file holds what it should, no more and no less. Raises :class:`StoreError` if it does not."""
    missing, extra = sorted(set(own) - set(saved)), sorted(set(saved) - set(own))
    if missing or extra:
        odd = f"{len(missing)} missing (first {missing[:1]}), {len(extra)} left over (first {extra[:1]})"
        raise StoreError(path, None, f"the {len(own)} {what}", odd)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file. Raises :class:`StoreError` if it is missing or damaged."""
    if not path.is_file():
        raise StoreError(path, None, "a file of weights", "no such file (was the training finished?)")
    try:
        return load_file(str(path))
    except (SafetensorError, OSError) as error:
        raise StoreError(path, None, "a whole safetensors file", str(error)) from error


def save(
    folder: Path,
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    memory: Mapping[str, Tensor] = MappingProxyType({}),
) -> None:
    """Save all that is needed to go on; ``memory`` is what else passes from step to step."""
    files = {"model": tensors(module), "optimizer": _optimizer_tensors(module, optimizer), "memory": memory}
    save_files(folder, files, progress)


def save_files(folder: Path, files: Mapping[str, Mapping[str, Tensor]], progress: Progress) -> None:
    """Save tensors file by file, and where a training stands. The old checkpoint stays until the new one is whole."""
    new, old = _beside(folder)
    _remove(new)
    new.mkdir(parents=True)
    for name, values in files.items():
        write_tensors(new / f"{name}.safetensors", values)
    write_json(new / "progress.json", asdict(progress))
    _remove(old)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    sync_folder(folder.parent)
    _remove(old)


def load(folder: Path, module: nn.Module, optimizer: torch.optim.Optimizer) -> Progress | None:
    """Go back to a checkpoint; None if there is none.

    Raises :class:`StoreError` if the checkpoint is damaged or belongs to another model.
    """
    progress = load_progress(folder)
    if progress is not None:
        fill(module, folder / "model.safetensors")
        _restore(module, optimizer, folder / "optimizer.safetensors")
    return progress


def load_progress(folder: Path) -> Progress | None:
    """Where a training stands by its checkpoint; None if there is none. One killed between two renames is mended.

    Raises :class:`StoreError` if the file is damaged.
    """
    new, old = _beside(folder)
    if not folder.exists():
        if (new / "progress.json").is_file():
            new.rename(folder)  # progress.json is written last: with it the new one is whole
        elif old.exists():
            old.rename(folder)
        else:
            return None
    _remove(new)
    _remove(old)
    return _progress(folder / "progress.json")


def load_memory(folder: Path) -> dict[str, Tensor]:
    """The ``memory`` that was saved with a checkpoint. Raises :class:`StoreError` if it is missing or damaged."""
    return read_tensors(folder / "memory.safetensors")


def _beside(folder: Path) -> tuple[Path, Path]:
    """Where the next checkpoint is written, and where the last one waits until that is whole."""
    return folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _progress(path: Path) -> Progress:
    try:
        return Progress(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(path, None, "where the training stands", str(error)) from error


_UNTOUCHED = ""
"""Stands for the fields of a parameter of which the optimizer knows nothing."""


def _optimizer_tensors(module: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's tensors as ``parameter name|field``; ``parameter name|`` of one that no loss has reached yet."""
    names: dict[Tensor, str] = {parameter: name for name, parameter in module.named_parameters()}
    own = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return {
        f"{names[parameter]}|{field}": torch.as_tensor(value).detach().cpu().contiguous()
        for parameter in own
        for field, value in (optimizer.state.get(parameter) or {_UNTOUCHED: 0}).items()
    }


def _restore(module: nn.Module, optimizer: torch.optim.Optimizer, path: Path) -> None:
    """Give every parameter that the optimizer trains its state from a file, strictly."""
    fields: dict[str, dict[str, Tensor]] = {}
    for key, value in read_tensors(path).items():
        name, _, field = key.rpartition("|")
        own_fields = fields.setdefault(name, {})
        if field != _UNTOUCHED:
            own_fields[field] = value
    names = {parameter: name for name, parameter in module.named_parameters()}
    own = [names[parameter] for group in optimizer.param_groups for parameter in group["params"]]
    check_names(path, own, fields.keys(), "parameters of this optimizer")
    settings = optimizer.state_dict()["param_groups"]
    state = {i: fields[name] for i, name in enumerate(own) if fields[name]}
    optimizer.load_state_dict({"state": state, "param_groups": settings})
