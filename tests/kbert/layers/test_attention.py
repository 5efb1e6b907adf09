"""Attention within short texts against the general kind, which is not ours."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from kbert.layers.attention import attend

SCALE = 0.3


@given(st.integers(1, 3), st.integers(1, 2), st.integers(1, 40), st.sampled_from([None, "seen", "added"]), st.data())
def test_as_the_general_kind(batch: int, heads: int, pieces: int, kind: str | None, data: st.DataObject) -> None:
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))
    query, key, value = torch.randn(3, batch, heads, pieces, 4, generator=generator)
    mask = None
    if kind == "seen":
        mask = torch.rand(batch, 1, 1, pieces, generator=generator) < 0.6
        mask[..., 0] = True
    elif kind == "added":
        mask = torch.randn(batch, 1, pieces, pieces, generator=generator)
    found = attend(query, key, value, mask, SCALE)
    expected = scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=SCALE)
    torch.testing.assert_close(found, expected.transpose(1, 2))


def test_a_text_of_which_nothing_is_seen_gives_numbers() -> None:
    query = torch.ones(1, 1, 3, 4)
    found = attend(query, query, query, torch.zeros(1, 1, 1, 3, dtype=torch.bool), SCALE)
    assert found.isfinite().all()


@pytest.mark.parametrize("pieces", [5, 16])
def test_in_bf16(pieces: int) -> None:
    query, key, value = torch.randn(3, 2, 2, pieces, 8, generator=torch.Generator().manual_seed(0))
    found = attend(query.bfloat16(), key.bfloat16(), value.bfloat16(), None, SCALE)
    assert found.dtype == torch.bfloat16
    expected = scaled_dot_product_attention(query, key, value, scale=SCALE).transpose(1, 2)
    torch.testing.assert_close(found.float(), expected, atol=0.03, rtol=0.03)
