"""Files of a run folder, read with care."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphs.errors import OptionsError, StoreError
from graphs.folders import locked
from graphs.manifests import Shape, check_shape
from kbert.checkpoint import read_tensors, write_tensors
from kbert.protocol import KnownTexts

FORMAT, TRIPLE_FORMAT, ENTITY_FORMAT = "kbert run", "kbert triple run", "kbert entity run"
BEHAVIOUR_FORMAT = "kbert behaviour run"
PRETRAINED = "kbert pretraining"
FORMATS = {
    FORMAT: "on texts (see kbert evaluate, predict, encode and compare)",
    TRIPLE_FORMAT: "on triples (see kbert evaluate, score and rank)",
    ENTITY_FORMAT: "on texts of entities, without relations (see kbert convert word2vec)",
    BEHAVIOUR_FORMAT: "on behaviour (see kbert evaluate, recommend and compare)",
    PRETRAINED: "for other trainings to begin with (name it as their encoder)",
}
"""The kinds of runs, and what is for them."""
VERSION = 1
KNOWN = "texts.safetensors"
"""Digests of the texts that a run has seen, sorted: ``train``, ``dev`` and ``pretrained``, if there are any."""


_NAME = re.compile(r"\w[\w.-]*")

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


def read_described(folder: Path, format: str, version: int, shape: Shape) -> dict[str, Any]:
    """What ``run.json`` says of a run of one kind.

    Raises :class:`OptionsError` for a run of another kind, and :class:`StoreError` if the folder is
    no run, of another version, or damaged.
    """
    path, described = folder / "run.json", _described(folder)
    if described.get("format") in FORMATS.keys() - {format}:
        raise OptionsError(f"{folder} is a run {FORMATS[described['format']]}, not {FORMATS[format]}")
    if described.get("format") != format or described.get("version") != version:
        found = f"{described.get('format')!r} version {described.get('version')!r}"
        raise StoreError(path, None, f"{format!r} version {version}", found)
    check_shape(path, described, shape)
    return described


def _described(folder: Path) -> dict[str, Any]:
    path = folder / "run.json"
    if not path.is_file():
        found = "a folder without run.json" if folder.is_dir() else "no such folder"
        raise StoreError(folder, None, "a run (see kbert train)", found)
    described: dict[str, Any] = read_json(path, {})
    return described


def read_result(folder: Path, shape: Shape) -> dict[str, Any]:
    """The result of a run. Raises :class:`StoreError` if its training was not finished."""
    path = folder / "result.json"
    if not path.is_file():
        raise StoreError(folder, None, "a finished run", "one without result.json (finish it with --resume)")
    result: dict[str, Any] = read_json(path, shape)
    return result


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


def run_format(folder: Path) -> str:
    """Which kind of run a folder holds, as ``run.json`` says. Raises :class:`StoreError` if it holds none."""
    return str(_described(folder).get("format"))


def check_name(name: str, of: str) -> str:
    """A name that files of a run can have. Raises :class:`OptionsError` for any other."""
    if not _NAME.fullmatch(name):
        raise OptionsError(f"a name of {of} has letters, digits, '_', '-' and '.', unlike {name!r}")
    return name


def name_after(text: str) -> str:
    """A name that files of a run can have, after the name of something else.

    >>> name_after("(my facts, new)")
    'my-facts-new'
    """
    return re.sub(r"[^\w.-]+", "-", text).strip(".-") or "data"


def predictions_path(folder: Path, name: str) -> Path:
    """Where a run keeps its predictions on the texts called ``name``."""
    return folder / "predictions" / f"{name}.json"


def read_predictions(folder: Path, name: str, shape: Shape) -> dict[str, Any]:
    """Predictions that a run made on data called ``name``. Raises :class:`StoreError` if there are none."""
    path = predictions_path(folder, name)
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.json"))) or "none"
        raise StoreError(folder, None, f"predictions on {name!r} (kbert evaluate makes them)", known)
    predictions: dict[str, Any] = read_json(path, shape)
    return predictions


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Keep trainings from a run while it is used. Raises :class:`StoreError` while one is at work there."""
    with locked(folder, "training of this run", shared=True):
        yield


@contextmanager
def own_predictions(folder: Path, name: str) -> Iterator[Path]:
    """Where a run that is used keeps its predictions on what is called ``name``, for one process at a time.

    Raises :class:`StoreError` while another makes predictions of this name, or a training of the run is at work.
    """
    path = predictions_path(folder, name)
    with in_use(folder), locked(path.with_name(f".{path.name}.lock"), "other evaluation under this name"):
        yield path


def write_known(folder: Path, known: KnownTexts) -> None:
    """Keep which texts a run has seen."""
    there = {name: digests for name, digests in known._asdict().items() if digests is not None}
    write_tensors(folder / KNOWN, {name: torch.from_numpy(np.unique(digests)) for name, digests in there.items()})


def read_known(folder: Path) -> KnownTexts:
    """Which texts a run has seen, if it kept that. Raises :class:`StoreError` for a damaged file."""
    if not (folder / KNOWN).is_file():
        return KnownTexts(None, None)
    there = {name: tensor.numpy() for name, tensor in read_tensors(folder / KNOWN).items()}
    return KnownTexts(there.get("train"), there.get("dev"), there.get("pretrained"))
