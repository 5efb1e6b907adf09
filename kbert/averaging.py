"""Weights averaged over the steps of a training: less moved by what the last batches happened to say."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

PREFIX = "average|"


class Average:
    """A moving average of the weights that are trained (Tarvainen & Valpola 2017, https://arxiv.org/abs/1703.01780).

    After each step the average keeps ``share`` of what it was; at first less, so that the weights
    which the training began with do not stay in it for long.
    """

    def __init__(self, module: nn.Module, share: float) -> None:
        self._share = share
        self._trained = {name: p for name, p in module.named_parameters() if p.requires_grad}
        self._mean = [p.detach().clone() for p in self._trained.values()]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after so many steps."""
        share = min(self._share, step / (9 + step))
        torch._foreach_lerp_(self._mean, list(self._trained.values()), 1 - share)

    @contextmanager
    def instead(self) -> Iterator[None]:
        """While this lasts the module has the average in the place of its weights."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for parameter, mean in zip(self._trained.values(), self._mean, strict=True):
            own = parameter.detach().clone()
            parameter.copy_(mean)
            mean.copy_(own)

    def memory(self) -> dict[str, Tensor]:
        """The average, for a checkpoint."""
        return {f"{PREFIX}{name}": mean.cpu() for name, mean in zip(self._trained, self._mean, strict=True)}

    def remember(self, memory: dict[str, Tensor]) -> None:
        """Take up what :meth:`memory` gave."""
        for name, mean in zip(self._trained, self._mean, strict=True):
            mean.copy_(memory[f"{PREFIX}{name}"])
