"""The feed-forward layers of an encoder, where something can be added to them: where it is built as BERT is."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from kbert.backbone.probes import probe, reason
from kbert.layers.fusion import Shape

if TYPE_CHECKING:
    from kbert.backbone.backbone import Backbone

Add = Callable[[int, Tensor], Tensor]
"""Takes a layer's number and its inner layer before the activation; gives what shall stand there."""

Take = Callable[[int, Tensor], None]
"""Hears a layer's number and its inner layer behind the activation."""

_PARTS: Mapping[str, type[nn.Module]] = {
    "intermediate.dense": nn.Module,
    "output.dense": nn.Linear,
    "output.LayerNorm": nn.LayerNorm,
    "output.dropout": nn.Dropout,
}


def fusion_obstacle(backbone: "Backbone") -> str | None:
    """Why nothing can be fused into this encoder's feed-forward layers, or None if it can be.

    Its layers must be built as BERT's are; then it is tried: what is added to the inner layer of the first
    layer must change the output.
    """
    kind = backbone.encoder.config.model_type
    layers = _layers(backbone)
    if not layers:
        return f"{kind} has no layers that are built as BERT's are (encoder.layer)"
    for part, wanted in _PARTS.items():
        if any(not isinstance(_part(layer, part), wanted) for layer in layers):
            return f"{kind} has layers without {part}, unlike BERT's"
    training = backbone.encoder.training
    backbone.encoder.train(False)
    try:
        with torch.no_grad():
            changes = _changes(backbone)
    except Exception as error:  # any failure here is the same answer: it cannot be fused with
        return f"{kind} fails when something is added to a feed-forward layer: {reason(error)}"
    finally:
        backbone.encoder.train(training)
    return None if changes else f"{kind} ignores what is added to a feed-forward layer"


def layers_of(backbone: "Backbone") -> int:
    """How many layers an encoder has that is built as BERT is."""
    return len(_layers(backbone))


def fusion_shape(backbone: "Backbone") -> Shape:
    """What the entity side of a layer takes over from an encoder that has no :func:`fusion_obstacle`."""
    config, last = backbone.encoder.config, _layers(backbone)[-1]
    dropout, norm, dense = (last.get_submodule(f"output.{part}") for part in ("dropout", "LayerNorm", "dense"))
    assert isinstance(dropout, nn.Dropout)
    assert isinstance(norm, nn.LayerNorm)
    assert isinstance(dense, nn.Linear)
    return Shape(
        inner=dense.in_features,
        dropout=dropout.p,
        attention_dropout=float(getattr(config, "attention_probs_dropout_prob", 0.0)),
        eps=norm.eps,
        spread=float(getattr(config, "initializer_range", 0.02)),
    )


@contextmanager
def fusing(backbone: "Backbone", which: list[int], add: Add, take: Take) -> Iterator[None]:
    """While this lasts some layers' inner layer becomes what ``add`` makes of it, and ``take`` hears what comes of it.

    The layers' own forward runs, with whatever attention the encoder has.
    """
    layers = _layers(backbone)
    with ExitStack() as hooks:
        for number in which:
            intermediate = layers[number].get_submodule("intermediate")
            dense = intermediate.get_submodule("dense")
            before = dense.register_forward_hook(lambda _, inputs, inner, number=number: add(number, inner))
            behind = intermediate.register_forward_hook(lambda _, inputs, inner, number=number: take(number, inner))
            hooks.callback(before.remove)
            hooks.callback(behind.remove)
        yield


def _layers(backbone: "Backbone") -> list[nn.Module]:
    """Where BERT has them; none where there is no such place."""
    found: Any = getattr(getattr(backbone.encoder, "encoder", None), "layer", None)
    return list(found) if isinstance(found, nn.ModuleList) else []


def _part(layer: nn.Module, path: str) -> nn.Module | None:
    try:
        return layer.get_submodule(path)
    except AttributeError:
        return None


def _changes(backbone: "Backbone") -> bool:
    """Whether what is added to the first layer changes the output."""
    ids, positions, segments, _ = probe(backbone, 6)
    inputs = (ids, positions, segments, torch.ones_like(ids))
    plain = backbone(*inputs)
    with fusing(backbone, [0], lambda number, inner: inner + 1, lambda number, inner: None):
        return not torch.equal(plain, backbone(*inputs))
