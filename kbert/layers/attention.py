"""Attention within short texts, which the general kinds are slow at on a processor."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

SHORT = 32
"""Pieces of the longest text that is short: past it the general kinds are as fast."""

ROW = 16
"""Numbers that a processor exponentiates at once; of a row of scores what goes over takes one at a time."""


Mask = Bool[Tensor, "#batch #heads #pieces pieces"] | Float[Tensor, "#batch #heads #pieces pieces"]


def attend(
    query: Float[Tensor, "batch heads pieces width"],
    key: Float[Tensor, "batch heads pieces width"],
    value: Float[Tensor, "batch heads pieces width"],
    mask: Mask | None,
    scale: float,
) -> Float[Tensor, "batch pieces heads width"]:
    """Softmax attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, equation 1), softmax in float32.

    The mask is true where a piece is seen, or is added to the scores. Rows are padded to multiples of :data:`ROW`.
    """
    pieces = key.shape[2]
    shape = (*query.shape[:3], -(-pieces // ROW) * ROW)
    rows = torch.full(shape, -torch.inf, dtype=torch.float32, device=query.device)
    scores = rows[..., :pieces]
    scores.copy_(query @ key.transpose(-1, -2)).mul_(scale)
    if mask is not None and mask.dtype == torch.bool:
        scores.masked_fill_(~mask, torch.finfo(torch.float32).min)
    elif mask is not None:
        scores.add_(mask)
    shares = rows.softmax(-1)[..., :pieces].to(value.dtype)
    return (shares @ value).transpose(1, 2)
