"""Which layers of an encoder fuse entities, as people write it: ``sim*5 mix norm*6``."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import get_args

from graphs.errors import OptionsError
from kbert.layers.fusion import Kind

KINDS = get_args(Kind)

_SOME = re.compile(rf"({'|'.join(KINDS)})(?:\*([1-9]\d*))?")


def usual_kinds(layers: int) -> list[Kind]:
    """The lower half plain, one that takes vectors in, then layers with attention: of 12 that is the released model.

    >>> written(usual_kinds(12))
    'sim*5 mix norm*6'
    """
    plain = max(layers // 2 - 1, 0)
    sim: list[Kind] = ["sim"]
    norm: list[Kind] = ["norm"]
    return [*sim * plain, "mix", *norm * (layers - plain - 1)]


def parsed_kinds(text: str, layers: int) -> list[Kind]:
    """The kind of each layer. Raises :class:`OptionsError` unless there is one for each, and one that fuses.

    >>> parsed_kinds("sim mix norm*2", 4)
    ['sim', 'mix', 'norm', 'norm']
    """
    kinds: list[Kind] = []
    for word in text.split():
        found = _SOME.fullmatch(word)
        if found is None:
            raise OptionsError(f"layers: expected sim, mix or norm, each with *N behind it if wanted, found {word!r}")
        kinds += [name for name in KINDS if name == found[1]] * int(found[2] or 1)
    if len(kinds) != layers:
        raise OptionsError(f"layers: the encoder has {layers}, found {len(kinds)} in {text!r}")
    if set(kinds) == {"sim"}:
        raise OptionsError(f"layers: expected at least one mix or norm, where entities are fused, found {text!r}")
    return kinds


def written(kinds: Sequence[Kind]) -> str:
    """Kinds of layers as people write them, each run of like ones once."""
    runs = [(kind, len(list(some))) for kind, some in groupby(kinds)]
    return " ".join(kind if count == 1 else f"{kind}*{count}" for kind, count in runs)
