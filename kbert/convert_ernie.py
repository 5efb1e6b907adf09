"""The released checkpoints of ERNIE (https://github.com/thunlp/ERNIE): into a folder that any BERT is loaded from.

Its entity side goes beside it (see :mod:`kbert.ernie.side_files`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from graphs import manifests
from graphs.errors import DataError, OptionsError, StoreError
from graphs.files import sync_file
from graphs.folders import is_free, new_folder
from graphs.vocabulary import has_capitals, read_vocabulary
from kbert import entity_guesses
from kbert.backbone import blank_bert, read_released
from kbert.checkpoint import check_names, write_tensors
from kbert.ernie.layer_kinds import parsed_kinds, written
from kbert.ernie.side import EntitySide
from kbert.ernie.side_files import HEADS, write_entity_side
from kbert.layers.fusion import Shape
from kbert.run_files import read_json

WEIGHTS, CONFIG, VOCABULARY = "pytorch_model.bin", "ernie_config.json", "vocab.txt"

_SIZES = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
_CONFIG: manifests.Shape = {**dict.fromkeys(_SIZES, int), "layer_types": [str]}

_ENTITY_SIDE = {
    "attention.query": "attention.self_ent.query",
    "attention.key": "attention.self_ent.key",
    "attention.value": "attention.self_ent.value",
    "attention.out": "attention.output_ent.dense",
    "attention.norm": "attention.output_ent.LayerNorm",
    "into": "intermediate.dense_ent",
    "out": "output.dense_ent",
    "norm": "output.LayerNorm_ent",
}
"""What the parts of a layer's entity side are called there."""

_HEAD = "cls.predictions_ent.transform."
"""The head that named entities in pre-training."""

_HEAD_PARTS = {
    f"{own}.{last}": f"{_HEAD}{theirs}.{last}"
    for own, theirs in (("transform", "dense"), ("norm", "LayerNorm"))
    for last in ("weight", "bias")
}
"""What its parts are called there (see :class:`kbert.entity_guesses.EntityGuesses`)."""

_WORDS, _TIED = "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder."
"""The vectors of pieces, and the layer that names hidden pieces by them."""


def convert_ernie(folder: str | Path, out: Path, *, heads: int = HEADS) -> dict[str, Any]:
    """Convert a released model into a folder for ``--encoder``, which is there whole or not at all; say what it is.

    Args:
        folder: with ``pytorch_model.bin``, ``ernie_config.json`` and ``vocab.txt``
        out: a new folder
        heads: of attention among entities, which the configuration does not tell (the programs have 4 written in)

    What becomes of entities in the last layer is read by nobody, and is left behind. The head that named entities
    comes along for ``kbert pretrain ernie``, if there is one. Raises :class:`OptionsError` if ``out`` is there
    already, or ``heads`` do not fit, and :class:`DataError` for files that are missing or damaged, or tensors that
    are missing, left over or misshaped.
    """
    folder = Path(folder)
    if not is_free(out):
        raise OptionsError(f"{out} is there already: name another folder")
    if not (folder / CONFIG).is_file():
        raise DataError(
            folder / CONFIG, None, f"a checkpoint of ERNIE ({WEIGHTS}, {CONFIG}, {VOCABULARY})", "nothing there"
        )
    config = read_json(folder / CONFIG, _CONFIG)
    kinds = parsed_kinds(" ".join(config.pop("layer_types")), config["num_hidden_layers"])
    vocabulary = read_vocabulary(folder / VOCABULARY)
    if len(vocabulary) != config["vocab_size"]:
        expected = f"{config['vocab_size']:,} pieces, as {CONFIG} says"
        raise StoreError(folder / VOCABULARY, None, expected, f"{len(vocabulary):,}")
    found = read_released(folder / WEIGHTS)
    model, tokenizer = blank_bert(config, vocabulary, lower_case=not has_capitals(vocabulary))
    side = EntitySide(_shape(model.config), kinds, width=_width(folder / WEIGHTS, found), heads=heads)
    _fill(folder / WEIGHTS, found, model.state_dict(), side)
    head = _entity_head(folder / WEIGHTS, found, width=side.width, hidden=config["hidden_size"])
    with new_folder(out, "conversion into this folder") as fresh:
        model.save_pretrained(str(fresh))
        tokenizer.save_pretrained(str(fresh))
        write_entity_side(fresh, side)
        if head:
            write_tensors(fresh / entity_guesses.WEIGHTS, head)
        for path in fresh.iterdir():
            sync_file(path)
    sizes = {name: sum(p.numel() for p in part.parameters()) for name, part in (("text", model), ("entity", side))}
    about = {"layers": written(kinds), "entity_heads": heads, "entity_width": side.width, "names_entities": bool(head)}
    return {**about, "cased": has_capitals(vocabulary), **{f"{name}_parameters": n for name, n in sizes.items()}}


def _shape(config: Any) -> Shape:
    """What the entity side takes over from a configuration of BERT."""
    dropouts = config.hidden_dropout_prob, config.attention_probs_dropout_prob
    return Shape(config.intermediate_size, *dropouts, config.layer_norm_eps, config.initializer_range)


def _width(path: Path, found: Mapping[str, Tensor]) -> int:
    """The width of the vectors of entities, as the first layer that takes them in has it."""
    taking_in = [tensor for name, tensor in found.items() if name.endswith(f"{_ENTITY_SIDE['into']}.weight")]
    if not taking_in or taking_in[0].ndim != 2:
        raise StoreError(path, None, f"an entity side ({_ENTITY_SIDE['into']}.weight)", "none")
    return int(taking_in[0].shape[1])


def _fill(path: Path, found: Mapping[str, Tensor], text: Mapping[str, Tensor], side: EntitySide) -> None:
    """Put tensors of a file where they belong. Raises :class:`StoreError` unless each has its place, and fits it."""
    own = {name: tensor for name, tensor in text.items() if not name.startswith(_TIED)}
    own |= {_theirs(name): tensor for name, tensor in side.state_dict().items()}
    kept = {name for name in found if not _is_left_behind(name, side.numbers[-1])}
    check_names(path, own.keys(), kept, f"tensors of an ERNIE of the layers {written(side.kinds)}")
    tied = found.get(f"{_TIED}weight")
    if tied is not None and not torch.equal(tied, found[_WORDS]):
        raise StoreError(path, None, f"{_TIED}weight to be {_WORDS}", "another one")
    for name, tensor in own.items():
        if found[name].shape != tensor.shape:
            raise StoreError(path, None, f"{name} of shape {list(tensor.shape)}", f"{list(found[name].shape)}")
        tensor.copy_(found[name])


def _entity_head(path: Path, found: Mapping[str, Tensor], *, width: int, hidden: int) -> dict[str, Tensor]:
    """The head that names entities, under our names; empty where there is none.

    Raises :class:`StoreError` for a part of one, and for tensors that do not fit.
    """
    theirs = {name: tensor for name, tensor in found.items() if name.startswith(_HEAD)}
    if not theirs:
        return {}
    check_names(path, _HEAD_PARTS.values(), theirs, "tensors of the head that names entities")
    head = {own: theirs[name] for own, name in _HEAD_PARTS.items()}
    for own, tensor in head.items():
        shape = [width, hidden] if own == "transform.weight" else [width]
        if list(tensor.shape) != shape:
            raise StoreError(path, None, f"{_HEAD_PARTS[own]} of shape {shape}", f"{list(tensor.shape)}")
    return head


def _theirs(name: str) -> str:
    """What a tensor of our entity side is called there."""
    _, number, rest = name.split(".", 2)
    part, _, last = rest.rpartition(".")
    return f"bert.encoder.layer.{number}.{_ENTITY_SIDE[part]}.{last}"


def _is_left_behind(name: str, last: int) -> bool:
    """Whether a tensor is no part of the encoder: tied to another, of a head, or behind the last layer's entities."""
    unread = [f"bert.encoder.layer.{last}.{_ENTITY_SIDE[part]}." for part in ("out", "norm")]
    return name.startswith((_TIED, _HEAD, *unread))
