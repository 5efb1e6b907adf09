"""Ragged columns and their padding, by plain loops."""

from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from graphs.tables import offsets_of
from kbert.layout import Encoded, Layout, move

ROWS = st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=5)


def layout_of(rows: list[list[int]]) -> Layout:
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    column = np.array([value for row in rows for value in row], dtype=np.int32)
    return Layout(offsets_of(lengths), {"value": column}, lengths + 1, {"pieces": len(rows)})


@given(ROWS, st.data())
def test_padded_by_a_plain_loop(rows: list[list[int]], data: st.DataObject) -> None:
    layout = layout_of(rows)
    which = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=4))
    longest = max(len(rows[i]) for i in which)
    expected = [rows[i] + [-7] * (longest - len(rows[i])) for i in which]
    assert layout.padded(np.array(which), "value", -7).tolist() == expected


def test_the_linked_share_is_of_the_texts_that_took_a_fact_in() -> None:
    rows = layout_of([[1], [2], [3, 4], []])
    assert rows.linked_share is None
    assert Layout(rows.offsets, rows.columns, rows.words, {"texts_linked": 3}).linked_share == 0.75
    nothing = layout_of([])
    assert Layout(nothing.offsets, nothing.columns, nothing.words, {"texts_linked": 0}).linked_share == 0


@given(st.lists(ROWS, min_size=1, max_size=3))
def test_joined_is_one_after_the_other(parts: list[list[list[int]]]) -> None:
    joined = Layout.join([layout_of(rows) for rows in parts])
    rows = [row for rows in parts for row in rows]
    whole = layout_of(rows)
    assert len(joined) == len(rows)
    assert joined.offsets.tolist() == whole.offsets.tolist()
    assert joined.columns["value"].tolist() == whole.columns["value"].tolist()
    assert joined.words.tolist() == whole.words.tolist()
    assert joined.lengths.tolist() == [len(row) for row in rows]
    assert joined.cut == whole.cut


@dataclass
class Batch:
    ids: Tensor
    words: list[int]


def test_move_takes_tensors_along_and_keeps_the_rest() -> None:
    moved = move(Batch(torch.zeros(2), [1]), "meta")
    assert type(moved) is Batch
    assert moved.ids.device.type == "meta"
    assert moved.words == [1]


def test_heads_compute_in_float32_whatever_the_encoder_does() -> None:
    """On what was read in bf16 a product comes out as numpy has it of those very numbers."""
    words, weight = torch.zeros(2, 3, dtype=torch.long), torch.randn(8, 5)
    read = Encoded(torch.randn(2, 3, 8).bfloat16(), words, words, [3, 3])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with read.for_heads() as encoded:
            inside = encoded.pieces @ weight
        assert (encoded.pieces @ weight).dtype == torch.bfloat16
    assert read.pieces.dtype == torch.bfloat16
    expected = read.pieces.double().numpy() @ weight.double().numpy()
    np.testing.assert_allclose(inside.numpy(), expected, rtol=1e-5, atol=1e-5)
