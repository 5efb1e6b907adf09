"""What an encoder was pre-trained on, which a run that begins with it keeps."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from graphs import rooms
from graphs.digests import Digests
from graphs.errors import OptionsError, UnavailableError
from graphs.manifests import Shape
from kbert.backbone import file_beside, locate
from kbert.protocol import KnownTexts
from kbert.run_files import KNOWN, PRETRAINED, VERSION, read_described, read_known, run_format

log = logging.getLogger("kbert")

PRETRAININGS = "kbert.pretrainings"

_SHAPE: Shape = {"plan": {"encoder": str, "pretraining": str, "model_options": {}}, "train": {}, "recipe": {}}


def pretraining_of(encoder: str) -> dict[str, Any] | None:
    """How ``kbert pretrain`` made an encoder, a folder or one of the hub; None if it did not.

    Where the hub cannot be asked, None too, which is said. That is its plan, its texts, the digests of what it
    ``carried``, and as ``pretrained`` the same of the encoder that it began with itself. Raises
    :class:`StoreError` for a folder that is damaged.
    """
    said = _file_of(encoder, "run.json")
    if said is None or run_format(said.parent) != PRETRAINED:
        return None
    described = read_described(said.parent, PRETRAINED, VERSION, _SHAPE)
    return {name: described.get(name) for name in ("plan", "carried", "recipe", "train", "dev", "pretrained")}


def texts_read(encoder: str, pretrained: Mapping[str, Any] | None) -> Digests | None:
    """Digests of the texts that an encoder has seen in all its pre-trainings, the last of which is ``pretrained``.

    None where it was not pre-trained, or where not all were kept. Raises :class:`StoreError` for a damaged file.
    """
    if pretrained is None:
        return None
    kept = _file_of(encoder, KNOWN)
    known = KnownTexts(None, None) if kept is None else read_known(kept.parent)
    if not known.is_whole(pretrained):
        return None
    return np.unique(np.concatenate([digests for digests in known if digests is not None]))


def _file_of(encoder: str, name: str) -> Path | None:
    """A file that lies with an encoder. One that the hub cannot be asked about counts as missing, and that is said."""
    source = locate(encoder)
    try:
        return file_beside(source, name)
    except UnavailableError as error:
        log.warning("%s; until then %s counts as an encoder without it", error, encoder)
        return None


def warn_of_other_control(
    model: str, options: Mapping[str, Any], pretrained: Mapping[str, Any] | None, encoder: str
) -> None:
    """Say so where an encoder learnt as the same model, with another control than it is given now."""
    if pretrained is None or model != rooms.find(PRETRAININGS, pretrained["plan"]["pretraining"]).MODEL:
        return
    learnt, given = pretrained["plan"]["model_options"].get("control"), options.get("control")
    if learnt != given:
        log.warning("%s was pre-trained with the control %s, and is trained with %s", encoder, learnt, given)


def check_carried(carried: Mapping[str, str], pretrained: Mapping[str, Any] | None, encoder: str) -> None:
    """Raise :class:`OptionsError` where an encoder learnt with other vectors than a run is to carry."""
    learnt = (pretrained or {}).get("carried") or {}
    for name, digest in carried.items():
        if learnt.get(name, digest) != digest:
            raise OptionsError(f"{encoder} was pre-trained with other {name}: name the same, or another encoder")
