"""Vectors of complex numbers: the first half real parts, the second half imaginary ones."""

import torch
from jaxtyping import Float
from torch import Tensor

from graphs.errors import OptionsError
from kbert.layers.similarity import halves


def check_even(width: int) -> None:
    """Raise :class:`OptionsError` for a width that cannot be halved."""
    if width % 2:
        raise OptionsError(f"width: expected an even number (real and imaginary parts), found {width}")


def times(
    vectors: Float[Tensor, "... width"], real: Float[Tensor, "... half"], imaginary: Float[Tensor, "... half"]
) -> Float[Tensor, "... width"]:
    """Each complex number times another."""
    own_real, own_imaginary = halves(vectors)
    return torch.cat((own_real * real - own_imaginary * imaginary, own_real * imaginary + own_imaginary * real), dim=-1)
