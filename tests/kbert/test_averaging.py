"""The average of weights, against a sum over all steps; in the place of the weights, and back again."""

import torch
from torch import nn

from kbert.averaging import Average


def trained(share: float, steps: int) -> tuple[nn.Linear, Average, list[torch.Tensor]]:
    torch.manual_seed(0)
    module = nn.Linear(3, 2)
    module.bias.requires_grad_(False)
    average, seen = Average(module, share), [module.weight.detach().clone()]
    for step in range(1, steps + 1):
        with torch.no_grad():
            module.weight.copy_(torch.randn(2, 3))
        average.update(step)
        seen.append(module.weight.detach().clone())
    return module, average, seen


def test_as_a_sum_over_all_steps() -> None:
    """Each step's weights by what later steps have left of them; the share grows as 1/10, 2/11, … up to its own."""
    module, average, seen = trained(0.5, 30)
    shares = [0.0] + [min(0.5, step / (9 + step)) for step in range(1, 31)]
    expected = torch.zeros(2, 3)
    for step, weights in enumerate(seen):
        left = 1 - shares[step] if step else 1.0
        for later in shares[step + 1 :]:
            left *= later
        expected += left * weights
    with average.instead():
        torch.testing.assert_close(module.weight.detach(), expected)


def test_the_weights_come_back() -> None:
    module, average, seen = trained(0.9, 4)
    bias = module.bias.clone()
    try:
        with average.instead():
            assert not torch.equal(module.weight, seen[-1])
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert torch.equal(module.weight, seen[-1])
    assert torch.equal(module.bias, bias)


def test_what_a_checkpoint_keeps() -> None:
    _, average, _ = trained(0.9, 4)
    other = Average(nn.Linear(3, 2).requires_grad_(True), 0.9)
    module, fresh, _ = trained(0.9, 0)
    fresh.remember(average.memory())
    assert list(average.memory()) == ["average|weight"]
    torch.testing.assert_close(fresh.memory(), average.memory())
    assert set(other.memory()) == {"average|weight", "average|bias"}
    with fresh.instead():
        assert torch.equal(module.weight.detach(), average.memory()["average|weight"])
