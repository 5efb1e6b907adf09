"""Dropout by bytes, held against what dropout is."""

import pytest
import torch

from graphs.errors import OptionsError
from kbert.layers.dropout import Dropout


@pytest.mark.parametrize("share", [0.001, 0.1, 0.2, 0.5, 0.9, 0.999])
def test_numbers_are_0_as_often_as_it_says_and_the_mean_stays(share: float) -> None:
    torch.manual_seed(0)
    ones = torch.ones(1000, 1001)
    found = Dropout(share).train()(ones)
    kept = found[found != 0]
    spread = (share * (1 - share) / ones.numel()) ** 0.5
    rounded = 1 / 512 if 1 / 512 < share < 1 - 1 / 512 else 0.0
    assert abs(float((found == 0).double().mean()) - share) < rounded + 6 * spread
    torch.testing.assert_close(kept, kept[:1].expand(len(kept)))
    assert abs(float(found.double().mean()) - 1) < 6 * float(kept[0]) * spread + 1e-6


def test_what_is_dropped_differs_and_is_the_same_again_by_the_seed() -> None:
    part, ones = Dropout(0.5).train(), torch.ones(7, 9)
    torch.manual_seed(3)
    one, other = part(ones), part(ones)
    torch.manual_seed(3)
    assert torch.equal(part(ones), one)
    assert not torch.equal(one, other)


def test_nothing_is_dropped_where_nothing_is_learnt() -> None:
    some = torch.randn(3, 5)
    assert torch.equal(Dropout(0.5).eval()(some), some)
    assert torch.equal(Dropout(0.0).train()(some), some)


def test_gradients_reach_what_is_kept_alone() -> None:
    torch.manual_seed(0)
    some = torch.ones(4, 6, requires_grad=True)
    found = Dropout(0.5).train()(some)
    found.sum().backward()
    assert some.grad is not None
    torch.testing.assert_close(some.grad, found.detach())


def test_numbers_stay_of_their_kind_and_empty_ones_empty() -> None:
    part = Dropout(0.5).train()
    assert part(torch.ones(3, dtype=torch.bfloat16)).dtype == torch.bfloat16
    assert part(torch.ones(0, 4)).shape == (0, 4)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_shares_that_there_are_not(share: float) -> None:
    with pytest.raises(OptionsError, match="dropout: expected at least 0 and less than 1, found"):
        Dropout(share)
    assert repr(Dropout(0.2)) == "Dropout(0.2)"
