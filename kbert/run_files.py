"""Files of a run folder, read with care."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphs.errors import StoreError
from graphs.manifests import Shape, check_shape
from kbert.checkpoint import read_tensors, write_tensors
from kbert.protocol import Known

FORMAT = "kbert run"
VERSION = 1
_KNOWN = "texts.safetensors"
"""Digests of the texts that a run has seen, sorted: ``train`` and, if there is one, ``dev``."""


_FILE: Shape = {"name": str, "sha256": (str, None)}
_TEXTS: Shape = {"files": [_FILE], "apart_from": [_FILE]}
_DATA: Shape = {"texts": _TEXTS, "counts": {"graphs": int}}
DESCRIBED: Shape = {
    "plan": {"model": str, "task": str, "settings": {"precision": str, "seed": int}},
    "recipe": {"facts": str, "seed": int, "kg": (str, None)},
    "train": _DATA,
    "dev": (_DATA, None),
}
"""What ``run.json`` says at least."""
RESULT: Shape = {"linked_share": (float, None)}
"""What ``result.json`` says at least."""
PREDICTIONS: Shape = {
    "texts": _TEXTS,
    "protocol": str,
    "linked_share": (float, None),
    "predictions": [{"id": str, "gold": object}],
}
"""What a file of predictions says at least."""


def read_json(path: Path, shape: Shape) -> Any:
    """What a file of a run says. Raises :class:`StoreError` if it is missing, damaged or of another shape."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StoreError(path, None, "a file of the run", "nothing there") from error
    except ValueError as error:
        raise StoreError(path, None, "whole JSON", str(error)) from error
    check_shape(path, value, shape)
    return value


def predictions_path(folder: Path, name: str) -> Path:
    """Where a run keeps its predictions on the texts called ``name``."""
    return folder / "predictions" / f"{name}.json"


def write_known(folder: Path, known: Known) -> None:
    """Keep which texts a run has seen."""
    there = {name: digests for name, digests in known._asdict().items() if digests is not None}
    write_tensors(folder / _KNOWN, {name: torch.from_numpy(np.unique(digests)) for name, digests in there.items()})


def read_known(folder: Path) -> Known:
    """Which texts a run has seen, if it kept that. Raises :class:`StoreError` for a damaged file."""
    if not (folder / _KNOWN).is_file():
        return Known(None, None)
    there = {name: tensor.numpy() for name, tensor in read_tensors(folder / _KNOWN).items()}
    return Known(there.get("train"), there.get("dev"))
