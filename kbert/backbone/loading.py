"""Encoders by hub name, by folder, or as ``package:NAME`` from an installed package that carries one."""

import logging
import re
from collections.abc import Sequence
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import try_to_load_from_cache
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from graphs.errors import StoreError, UnavailableError
from kbert.backbone.backbone import Backbone
from kbert.backbone.probes import reason
from kbert.backbone.word_head import WordHead

log = logging.getLogger("kbert")


def locate(name: str) -> str:
    """The folder or hub name that ``name`` stands for; ``package:NAME`` is looked up among installed packages.

    Raises :class:`UnavailableError` when there is no such package or it carries no encoder.
    """
    if not name.startswith("package:"):
        return name
    package, _, inside = name.removeprefix("package:").partition("/")
    spec = find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise UnavailableError(
            f"no package {package!r} is installed (wanted for the encoder {name!r}): {_way_to_get(package)}"
        )
    root = Path(next(iter(spec.submodule_search_locations))) / inside
    found = sorted(path.parent for path in root.rglob("config.json") if (path.parent / "tokenizer.json").is_file())
    if not found:
        raise UnavailableError(f"{name!r}: no folder with config.json and tokenizer.json in {root}")
    return str(found[0])


def _way_to_get(package: str) -> str:
    """What to do about a package that is missing. No bare ``pip install NAME``: a stranger may have taken the name."""
    wanted = re.compile(rf"{re.escape(package.replace('_', '-'))}\W.*extra == .(\w+)")
    extra = next((found[1] for line in requires("kbert") or () if (found := wanted.match(line))), None)
    return f"pip install 'kbert[{extra}]'" if extra else "install it, or name a folder or a model of the hub"


def load(name: str) -> Backbone:
    """Load a pre-trained encoder and its tokenizer.

    Reads safetensors; else a ``.bin`` without unpickling code (``weights_only``), and says so.
    Code that comes with a model is never run. Attention is SDPA where the encoder has it.
    Raises :class:`UnavailableError` if it cannot be had, or if the file lacks weights the encoder needs.
    """
    encoder, tokenizer, missing = _loaded(name, AutoModel)
    _check_whole(name, missing)
    return Backbone(encoder, tokenizer, locate(name))


def load_with_words(name: str) -> tuple[Backbone, WordHead, bool]:
    """A pre-trained encoder as :func:`load` has it, with the head that names hidden words; whether it came with one.

    A head that the checkpoint lacks is new, drawn from torch's generator. Raises what :func:`load`
    raises, and :class:`UnavailableError` for an encoder without a masked language model of its kind.
    """
    model, tokenizer, missing = _loaded(name, AutoModelForMaskedLM)
    prefix = f"{model.base_model_prefix}."
    _check_whole(name, [key.removeprefix(prefix) for key in missing if key.startswith(prefix)])
    encoder: PreTrainedModel = getattr(model, model.base_model_prefix)
    backbone = Backbone(encoder, tokenizer, locate(name))
    return backbone, WordHead(model), all(key.startswith(prefix) for key in missing)


def _loaded(name: str, kind: Any) -> tuple[PreTrainedModel, PreTrainedTokenizerBase, list[str]]:
    """A model of a kind with its tokenizer, and which of its tensors are not in the file."""
    place = locate(name)
    if Path(place).is_dir() and not (Path(place) / "config.json").is_file():
        raise UnavailableError(f"the encoder {name!r} cannot be loaded: the folder has no config.json")
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        model, report = kind.from_pretrained(
            place, output_loading_info=True, dtype=torch.float32, trust_remote_code=False, weights_only=True
        )
    except Exception as error:  # each reader below has its own kind for a file that is missing, damaged or unsafe
        raise UnavailableError(f"the encoder {name!r} cannot be loaded: {reason(error)}") from error
    if not _has_safetensors(place):
        log.warning("%s has no safetensors file: its .bin was read with weights_only=True", name)
    return model, tokenizer, sorted(report["missing_keys"])


def _check_whole(name: str, missing: Sequence[str]) -> None:
    lost = [key for key in missing if not key.startswith("pooler.")]
    if lost:
        raise UnavailableError(f"the encoder {name!r} lacks {len(lost)} tensors it needs, first {lost[0]!r}")


def _has_safetensors(place: str) -> bool:
    """Whether a folder, or the cache of a hub repository that was just read, holds weights as safetensors."""
    files = ("model.safetensors", "model.safetensors.index.json")
    if Path(place).is_dir():
        return any((Path(place) / file).is_file() for file in files)
    return any(isinstance(try_to_load_from_cache(place, file), str) for file in files)


def rebuild(config: dict[str, Any], tokenizer_folder: str | Path) -> Backbone:
    """An encoder of the same shape with untrained weights, to be filled from a run's file.

    Raises :class:`StoreError` if the folder's tokenizer or the configuration cannot be read.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(tokenizer_folder), trust_remote_code=False)
        encoder = AutoModel.from_config(AutoConfig.for_model(**config), dtype=torch.float32)  # type: ignore[no-untyped-call]
    except Exception as error:  # as in load: every reader has its own kind
        raise StoreError(tokenizer_folder, None, "an encoder's configuration and tokenizer", reason(error)) from error
    return Backbone(encoder, tokenizer)


def quiet() -> None:
    """Keep transformers from drawing its own progress bars and notices."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
