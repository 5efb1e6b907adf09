"""Dropout that is cheap on a processor: a byte of chance for each number, where PyTorch draws a float."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import dropout

from graphs.options import check_range

BYTE = 256


class Dropout(nn.Module):
    """Set numbers to 0 with the chance ``share`` while training, and scale the others to make up for it.

    Srivastava et al. 2014. On a processor the chance is rounded to a 256th, and the scale is that of the rounded one,
    so that the mean is kept (as far as numbers of 16 bits go); elsewhere, and for a chance too near to 0 or 1, it is
    :func:`torch.nn.functional.dropout`. Drawing a float for each number takes a third of a training step of a small
    encoder on a processor.

    Raises :class:`OptionsError` for a share below 0, or 1 and above.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        check_range("dropout", share, 0, below=1)
        self.share = share

    def forward(self, vectors: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """The numbers, some of them 0."""
        least = round(self.share * BYTE)
        if not self.training or not self.share:
            return vectors
        if vectors.device.type != "cpu" or not 0 < least < BYTE:
            return dropout(vectors, self.share)
        words = torch.empty(-(-vectors.numel() // 8), dtype=torch.int64).random_(-(2**63), None)
        chance = words.view(torch.uint8)[: vectors.numel()].view(vectors.shape)
        return vectors * ((chance >= least).to(vectors.dtype) * (BYTE / (BYTE - least)))

    def extra_repr(self) -> str:
        """The share."""
        return f"{self.share}"
