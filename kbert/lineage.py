"""What an encoder was pre-trained on, which a run that begins with it keeps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from graphs.digests import Digests
from graphs.errors import OptionsError
from graphs.manifests import Shape
from kbert.run_files import PRETRAINED, VERSION, read_described, read_known, run_format

_SHAPE: Shape = {"plan": {"encoder": str, "pretraining": str, "model_options": {}}, "train": {}, "recipe": {}}


def pretraining_of(encoder: str) -> dict[str, Any] | None:
    """How ``kbert pretrain`` made an encoder; None if it did not.

    That is its plan, its texts, the digests of what it ``carried``, and as ``pretrained`` the same of the
    encoder that it began with itself. Raises :class:`StoreError` for a folder that is damaged.
    """
    folder = Path(encoder)
    if not (folder / "run.json").is_file() or run_format(folder) != PRETRAINED:
        return None
    described = read_described(folder, PRETRAINED, VERSION, _SHAPE)
    return {name: described.get(name) for name in ("plan", "carried", "recipe", "train", "dev", "pretrained")}


def texts_read(encoder: str, pretrained: Mapping[str, Any] | None) -> Digests | None:
    """Digests of the texts that an encoder has seen in all its pre-trainings, the last of which is ``pretrained``.

    None where it was not pre-trained, or where not all were kept. Raises :class:`StoreError` for a damaged file.
    """
    if pretrained is None:
        return None
    known = read_known(Path(encoder))
    if not known.is_whole(pretrained):
        return None
    return np.unique(np.concatenate([digests for digests in known if digests is not None]))


def check_carried(carried: Mapping[str, str], pretrained: Mapping[str, Any] | None, encoder: str) -> None:
    """Raise :class:`OptionsError` where an encoder learnt with other vectors than a run is to carry."""
    learnt = (pretrained or {}).get("carried") or {}
    for name, digest in carried.items():
        if learnt.get(name, digest) != digest:
            raise OptionsError(f"{encoder} was pre-trained with other {name}: name the same, or another encoder")
