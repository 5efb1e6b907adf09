"""A table of vectors of which a step changes some rows only: what it costs hangs on these, and not on the table."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

EPSILON = 1e-10


class AdagradTable:
    """Vectors under Adagrad (Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html), row by row.

    ``state`` sums the squares of all slopes so far. Both are float32, ``[rows, width]``.
    """

    def __init__(self, values: Float[Tensor, "items width"], state: Float[Tensor, "items width"] | None = None) -> None:
        self.values = values
        self.state = torch.zeros_like(values) if state is None else state

    def take(self, rows: Int[Tensor, " batch"] | None) -> Float[Tensor, "batch width"]:
        """Some rows (all: None), to learn from; each at most once."""
        taken = self.values.detach().clone() if rows is None else self.values[rows]
        return taken.requires_grad_()

    @torch.no_grad()
    def step(self, rows: Int[Tensor, " batch"] | None, taken: Float[Tensor, "batch width"], rate: float) -> None:
        """Change the rows by the slope that came to what was taken; nothing if none did."""
        if taken.grad is None:
            return
        place = slice(None) if rows is None else rows
        state = self.state[place].addcmul_(taken.grad, taken.grad)
        self.values[place] = taken.addcdiv_(taken.grad, state.sqrt().add_(EPSILON), value=-rate)
        self.state[place] = state
