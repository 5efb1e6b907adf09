"""Scores of each with each, against loops over numbers."""

import numpy as np
import pytest
import torch

from kbert.layers import similarity
from kbert.layers.similarity import dot, minus_l1, minus_l2, minus_moduli

BY_HAND = {
    dot: lambda a, b: a @ b,
    minus_l1: lambda a, b: -np.abs(a - b).sum(),
    minus_l2: lambda a, b: -np.sqrt(((a - b) ** 2).sum()),
    minus_moduli: lambda a, b: -np.abs((a - b)[:3] + 1j * (a - b)[3:]).sum(),
}


@pytest.mark.parametrize("compare", BY_HAND, ids=lambda compare: compare.__name__)
@pytest.mark.parametrize("at_once", [1, 10, 10**6])
def test_by_hand(compare, at_once, monkeypatch):
    monkeypatch.setattr(similarity, "AT_ONCE", at_once)
    some, others = torch.randn(2, 4, 6), torch.randn(2, 5, 6)
    found = compare(some, others)
    assert found.shape == (2, 4, 5)
    for i, j, k in np.ndindex(2, 4, 5):
        assert float(found[i, j, k]) == pytest.approx(
            BY_HAND[compare](some[i, j].numpy(), others[i, k].numpy()), abs=1e-5
        )


@pytest.mark.parametrize("compare", BY_HAND, ids=lambda compare: compare.__name__)
def test_equal_vectors_have_a_slope(compare):
    same = torch.ones(1, 6, requires_grad=True)
    compare(same, same.detach()).sum().backward()
    assert same.grad.isfinite().all()
