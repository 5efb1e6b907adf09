"""The visible matrix against its definition, one pair of pieces at a time."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kbert.layers.visibility import PADDING, attention_bias, visible

PIECES = st.lists(st.tuples(st.integers(PADDING, 3), st.integers(0, 2)), min_size=1, max_size=6)


def sees(one: tuple[int, int], other: tuple[int, int]) -> bool:
    (branch, mention), (other_branch, other_mention) = one, other
    if branch == other_branch:
        return True
    return mention > 0 and mention == other_mention and 0 in (branch, other_branch)


@given(PIECES)
def test_by_definition(pieces: list[tuple[int, int]]) -> None:
    branch, mention = (torch.tensor([column]) for column in zip(*pieces, strict=True))
    matrix = visible(branch, mention)[0]
    assert matrix.tolist() == [[sees(one, other) for other in pieces] for one in pieces]
    assert torch.equal(matrix, matrix.T)
    assert matrix.diagonal().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_bias_hides_by_the_smallest_number(dtype: torch.dtype) -> None:
    seen = torch.tensor([[[True, False], [False, True]]])
    bias = attention_bias(seen, dtype)
    smallest = torch.finfo(dtype).min
    assert bias.dtype == dtype
    assert bias.tolist() == [[[[0, smallest], [smallest, 0]]]]
    assert (bias[..., 0, :].float().softmax(-1) == torch.tensor([1.0, 0.0])).all()
