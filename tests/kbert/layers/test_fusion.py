"""The fused layer against the formulas of the paper and its reference, written out in numpy for all pieces."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import gelu

from kbert.layers.fusion import EntityAttention, Fusion, Shape

SHAPE = Shape(inner=12, dropout=0.0, attention_dropout=0.0, eps=1e-12, spread=0.5)
WIDTH, HEADS, HIDDEN = 6, 2, 8
Arrays = dict[str, np.ndarray]


def weights(module: torch.nn.Module) -> Arrays:
    return {name: tensor.double().numpy() for name, tensor in module.state_dict().items()}


def layer_norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    return weight * centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) + bias


def attention_over_all(w: Arrays, e: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Every piece attends, hidden ones with −10000 added to their scores, as the reference has it; one text."""
    query, key, value = (e @ w[f"{n}.weight"].T + w[f"{n}.bias"] for n in ("query", "key", "value"))
    made = np.empty_like(e)
    size = WIDTH // HEADS
    for head in range(HEADS):
        part = slice(head * size, (head + 1) * size)
        scores = query[:, part] @ key[:, part].T / math.sqrt(size) + (1 - mask)[None] * -10000.0
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        made[:, part] = shares / shares.sum(-1, keepdims=True) @ value[:, part]
    return layer_norm(made @ w["out.weight"].T + w["out.bias"] + e, w["norm.weight"], w["norm.bias"])


def fused_over_all(
    layer: Fusion, text: Arrays, x: np.ndarray, e: np.ndarray, mask: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Equation 4 for every piece of a text, those without an entity too: the text's vectors, and the entities'."""
    w = weights(layer)
    if layer.attention is not None:
        e = attention_over_all(weights(layer.attention), e, mask)
    e = e * mask[:, None]
    into = x @ text["Wt"].T + text["bt"] + e @ w["into.weight"].T + w["into.bias"]
    h = gelu(torch.from_numpy(into)).numpy()
    out = layer_norm(x + h @ text["Wo"].T, np.ones(HIDDEN), np.zeros(HIDDEN))
    return out, layer_norm(e + h @ w["out.weight"].T + w["out.bias"], w["norm.weight"], w["norm.bias"])


def made(heads: int | None, *, is_last: bool = False, seed: int = 0) -> Fusion:
    """A layer of which nothing is 0."""
    torch.manual_seed(seed)
    layer = Fusion(WIDTH, SHAPE, heads=heads, is_last=is_last).double().eval()
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    return layer


@given(st.integers(1, 6), st.sets(st.integers(0, 5)), st.sampled_from([None, HEADS]), st.integers(0, 99))
def test_slots_are_as_all_pieces(pieces: int, taking: set[int], heads: int | None, seed: int) -> None:
    """What is packed into slots, and padded, is what the reference gets over all pieces, masked."""
    layer, random = made(heads, seed=seed), np.random.default_rng(seed)
    places = sorted({0} | {place for place in taking if place < pieces})
    text = {"Wt": random.normal(size=(SHAPE.inner, HIDDEN)), "bt": random.normal(size=SHAPE.inner)}
    text["Wo"] = random.normal(size=(HIDDEN, SHAPE.inner))
    x, e = random.normal(size=(pieces, HIDDEN)), np.zeros((pieces, WIDTH))
    mask = np.zeros(pieces)
    mask[places] = 1
    e[places[1:]] = random.normal(size=(len(places) - 1, WIDTH))
    everywhere = random.normal(size=e.shape)  # what leaves a layer before has numbers at every piece
    e_all = np.where(mask[:, None] == 1, e, everywhere)
    expected, expected_e = fused_over_all(layer, text, x, e_all, mask)

    padding = 2
    slots = torch.tensor([places + [0] * padding])
    seen = torch.tensor([[True] * len(places) + [False] * padding])
    entities = torch.zeros(1, len(places) + padding, WIDTH, dtype=torch.float64)
    entities[0, : len(places)] = torch.from_numpy(e[places])
    entities[0, len(places) :] = 7.0  # padding holds anything
    with torch.no_grad():
        read = layer.read(entities, seen)
        inner = torch.from_numpy(x @ text["Wt"].T + text["bt"])[None]
        h = gelu(layer.fuse(inner, read, slots))
        written = layer.write(h, read, slots)[0, : len(places)]
    found = layer_norm(x + h[0].numpy() @ text["Wo"].T, np.ones(HIDDEN), np.zeros(HIDDEN))
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(written.numpy(), expected_e[places], atol=1e-9)


def test_minus_ten_thousand_leaves_exactly_nothing() -> None:
    """In float32, as the reference has it: hidden entities have a share of exactly 0, so slots may leave them out."""
    scores = np.float32([[3.0, -2.0, 50.0]]) + np.float32([[0.0, 0.0, -10000.0]])
    shares = torch.softmax(torch.from_numpy(scores), -1)
    assert shares[0, 2] == 0
    assert torch.equal(shares[0, :2], torch.softmax(torch.from_numpy(scores[:, :2]), -1)[0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_not_seen_leaks_nothing(dtype: torch.dtype) -> None:
    """Not a bit changes with what stands in slots that are not seen, however large."""
    torch.manual_seed(0)
    attention = EntityAttention(WIDTH, HEADS, SHAPE).to(dtype).eval()
    seen = torch.tensor([[True, True, False, False]])
    one = torch.randn(1, 4, WIDTH).to(dtype)
    other = one.clone()
    other[0, 2:] = 1e4
    assert torch.equal(attention(one, seen)[:, :2], attention(other, seen)[:, :2])


def test_a_new_layer_adds_nothing_to_the_text() -> None:
    layer = Fusion(WIDTH, SHAPE, heads=HEADS, is_last=False)
    inner, entities = torch.randn(2, 5, SHAPE.inner), torch.randn(2, 3, WIDTH)
    slots, seen = torch.tensor([[0, 2, 4], [0, 1, 0]]), torch.tensor([[True] * 3, [True, True, False]])
    read = layer.read(entities, seen)
    assert torch.equal(layer.fuse(inner, read, slots), inner)
    assert not torch.equal(read, entities)


def test_the_bias_is_added_where_there_is_no_entity() -> None:
    """The paper leaves it out; the reference and its weights have it."""
    layer = made(None)
    inner = torch.zeros(1, 4, SHAPE.inner, dtype=torch.float64)
    entities, seen = torch.zeros(1, 2, WIDTH, dtype=torch.float64), torch.ones(1, 2, dtype=torch.bool)
    fused = layer.fuse(inner, layer.read(entities, seen), torch.tensor([[0, 2]]))
    assert torch.equal(fused, layer.into.bias.expand(1, 4, -1))


def test_the_last_layer_builds_no_entities() -> None:
    first, last = made(HEADS), made(HEADS, is_last=True)
    assert {name.partition(".")[0] for name in first.state_dict()} == {"attention", "into", "out", "norm"}
    assert {name.partition(".")[0] for name in last.state_dict()} == {"attention", "into"}


def test_dropout_is_as_in_the_text() -> None:
    layer = Fusion(WIDTH, SHAPE._replace(dropout=0.5, attention_dropout=0.5), heads=HEADS, is_last=False)
    entities, seen = torch.randn(1, 3, WIDTH), torch.ones(1, 3, dtype=torch.bool)
    assert not torch.equal(layer.read(entities, seen), layer.read(entities, seen))
    layer.eval()
    assert torch.equal(layer.read(entities, seen), layer.read(entities, seen))
