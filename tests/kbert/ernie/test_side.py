"""An encoder and its entity side together, against both written out layer by layer."""

from collections.abc import Callable

import pytest
import torch
from torch.nn.functional import gelu

from kbert.backbone import Backbone, fusion_shape
from kbert.ernie.side import EntitySide
from kbert.layers.fusion import Fusion, Kind


@pytest.mark.parametrize("kinds", [["mix", "norm"], ["norm", "norm"], ["norm", "sim"], ["sim", "norm"], ["mix", "mix"]])
def test_layer_by_layer(kinds: list[Kind], load: Callable[[str], Backbone]) -> None:
    """BERT's own parts called one after another, with what is fused in between, give the same."""
    backbone = load("bert")
    torch.manual_seed(2)
    side = EntitySide(fusion_shape(backbone), kinds, width=8, heads=2).eval()
    for parameter in side.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    ids = torch.randint(10, 40, (2, 5))
    positions, segments, mask = torch.arange(5).expand(2, 5), torch.zeros_like(ids), torch.ones_like(ids)
    entities = torch.randn(2, 3, 8) * torch.tensor([0.0, 1.0, 1.0])[:, None]
    slots, seen = torch.tensor([[0, 2, 4], [0, 1, 0]]), torch.tensor([[True, True, True], [True, True, False]])
    with torch.no_grad():
        found = side.encode(backbone, (ids, positions, segments, mask), entities, slots, seen)
        x, state = backbone.encoder.embeddings(ids, segments, positions), entities
        for number, layer in enumerate(backbone.encoder.encoder.layer):
            x = layer.attention(x)[0]
            inner = layer.intermediate.dense(x)
            fused = side.layers[str(number)] if kinds[number] != "sim" else None
            if isinstance(fused, Fusion):
                state = fused.attention(state, seen) if fused.attention is not None else state
                state = state * seen[:, :, None]
                inner = inner + fused.into.bias
                for text in range(2):
                    for slot in range(3):
                        inner[text, slots[text, slot]] += fused.into.weight @ state[text, slot]
            h = gelu(inner)
            x = layer.output(h, x)
            if isinstance(fused, Fusion) and fused.out is not None and fused.norm is not None:
                state = fused.norm(state + fused.out(torch.stack([h[text, slots[text]] for text in range(2)])))
    assert torch.allclose(found, x, atol=1e-5)


def test_what_comes_behind_the_last_that_fuses_is_not_built(load: Callable[[str], Backbone]) -> None:
    side = EntitySide(fusion_shape(load("bert")), ["norm", "sim"], width=8, heads=2)
    names = {name.split(".")[2] for name in side.state_dict()}
    assert names == {"attention", "into"}
