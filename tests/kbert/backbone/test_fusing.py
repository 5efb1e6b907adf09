"""What is added to feed-forward layers, and where that can be."""

import contextlib
import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from kbert.backbone import Backbone, fusing, fusion_obstacle, fusion_shape, layers_of
from kbert.backbone.probes import probe

Load = Callable[[str], Backbone]
LIKE_BERT = ["bert", "roberta", "roformer", "convbert", "deberta-v2"]


def inputs(loaded: Backbone) -> tuple[Tensor, ...]:
    ids, positions, segments, _ = probe(loaded, 6)
    return ids, positions, segments, torch.ones_like(ids)


@pytest.mark.parametrize("kind", LIKE_BERT)
def test_layers_that_are_built_as_berts(kind: str, load: Load) -> None:
    loaded = load(kind)
    assert fusion_obstacle(loaded) is None
    assert layers_of(loaded) == 2
    assert fusion_shape(loaded).inner == 64


@pytest.mark.parametrize("training", [True, False])
def test_trying_leaves_an_encoder_as_it_was(training: bool, load: Load) -> None:
    loaded = load("bert").train(training)
    assert fusion_obstacle(loaded) is None
    assert loaded.encoder.training is training
    assert not any(module._forward_hooks for module in loaded.modules())


def test_what_is_taken_over(load: Load) -> None:
    loaded = load("bert")
    config = loaded.encoder.config
    shape = fusion_shape(loaded)
    assert (shape.dropout, shape.attention_dropout) == (config.hidden_dropout_prob, config.attention_probs_dropout_prob)
    assert (shape.eps, shape.spread) == (config.layer_norm_eps, config.initializer_range)


@pytest.mark.parametrize("kind", LIKE_BERT)
def test_the_inner_layer_is_heard_before_and_behind_its_activation(kind: str, load: Load) -> None:
    loaded = load(kind)
    before: dict[int, Tensor] = {}
    behind: dict[int, Tensor] = {}

    def add(number: int, inner: Tensor) -> Tensor:
        before[number] = inner
        return inner

    with torch.no_grad():
        plain = loaded(*inputs(loaded))
        with fusing(loaded, [0, 1], add, behind.__setitem__):
            assert torch.equal(loaded(*inputs(loaded)), plain)
    assert list(before) == list(behind) == [0, 1]
    for number in (0, 1):
        assert torch.allclose(nn.functional.gelu(before[number]), behind[number], atol=1e-6)


def test_what_is_added_is_undone(load: Load) -> None:
    loaded = load("bert")
    with torch.no_grad():
        plain = loaded(*inputs(loaded))
        with contextlib.suppress(RuntimeError), fusing(loaded, [1], lambda n, x: x + 1, lambda n, x: None):
            assert not torch.equal(loaded(*inputs(loaded)), plain)
            raise RuntimeError("broken off")
        assert torch.equal(loaded(*inputs(loaded)), plain)


def test_other_layers_are_left_alone(load: Load) -> None:
    """What is added in the last layer reaches no layer before it."""
    loaded = load("bert")
    heard: list[Tensor] = []
    with torch.no_grad():
        loaded.encoder.encoder.layer[0].register_forward_hook(lambda _, given, made: heard.append(made))
        loaded(*inputs(loaded))
        with fusing(loaded, [1], lambda n, x: x + 1, lambda n, x: None):
            loaded(*inputs(loaded))
    assert torch.equal(heard[0], heard[1])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda layer: setattr(layer.output, "LayerNorm", nn.Identity()), "bert has layers without output.LayerNorm"),
        (lambda layer: delattr(layer, "intermediate"), "bert has layers without intermediate.dense, unlike BERT's"),
        (
            lambda layer: setattr(layer.output, "forward", lambda h, x: x),
            "bert ignores what is added to a feed-forward",
        ),
        (
            lambda layer: setattr(layer.output, "forward", lambda h: h),
            "bert fails when something is added to a feed-forward layer: .*takes 1 positional",
        ),
    ],
)
def test_obstacles(spoil: Callable[[nn.Module], None], reason: str, load: Load) -> None:
    loaded = load("bert")
    for layer in loaded.encoder.encoder.layer:
        spoil(layer)
    found = fusion_obstacle(loaded)
    assert found is not None
    assert re.match(reason, found)


@pytest.mark.parametrize("kind", ["distilbert", "modernbert"])
def test_other_encoders(kind: str, load: Load) -> None:
    assert fusion_obstacle(load(kind)) == f"{kind} has no layers that are built as BERT's are (encoder.layer)"
