"""Which piece sees which in a sentence tree (Liu et al. 2020, equations 3 and 4).

Two numbers a piece describe the whole visible matrix: its *branch* (0 for the trunk) and its
*mention* (0 for none; a branch has that of the mention it grows from). They are O(length); the
matrix is made on the device, a batch at a time.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

PADDING = -1
"""The branch of padding: it sees itself, so that no row of the matrix is empty (a softmax over nothing is NaN)."""


def visible(
    branch: Int[Tensor, "batch pieces"], mention: Int[Tensor, "batch pieces"]
) -> Bool[Tensor, "batch pieces pieces"]:
    """The visible matrix: pieces see their own branch, and a branch and its mention see each other."""
    same_branch = branch[:, :, None] == branch[:, None, :]
    same_mention = (mention[:, :, None] == mention[:, None, :]) & (mention > 0)[:, :, None]
    on_trunk = branch == 0
    return same_branch | (same_mention & (on_trunk[:, :, None] | on_trunk[:, None, :]))


def attention_bias(
    seen: Bool[Tensor, "batch pieces pieces"], dtype: torch.dtype
) -> Float[Tensor, "batch 1 pieces pieces"]:
    """What is added to attention scores: 0 where seen, the smallest number of ``dtype`` elsewhere.

    A boolean mask would do under SDPA, but under the ``eager`` attention of transformers it is
    added as 0 and 1 and hides nothing; this is right under both.
    """
    bias = torch.zeros(seen.shape, dtype=dtype, device=seen.device)
    return bias.masked_fill_(~seen, torch.finfo(dtype).min)[:, None]
