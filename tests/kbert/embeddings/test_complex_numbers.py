"""Vectors of complex numbers against numpy's."""

import numpy as np
import pytest
import torch

from graphs.errors import OptionsError
from kbert.embeddings._complex_numbers import check_even, times


@pytest.mark.parametrize("shape", [(3, 8), (2, 3, 8), (0, 8)])
def test_times(shape: tuple[int, ...]) -> None:
    draw = np.random.default_rng(0).normal
    mine, other = (draw(size=shape) for _ in range(2))
    left, right = (values[..., :4] + 1j * values[..., 4:] for values in (mine, other))
    real, imaginary = (torch.from_numpy(part) for part in (other[..., :4], other[..., 4:]))
    product = times(torch.from_numpy(mine), real, imaginary).numpy()
    np.testing.assert_allclose(product, np.concatenate(((left * right).real, (left * right).imag), -1), atol=1e-12)


def test_halves() -> None:
    check_even(8)
    with pytest.raises(OptionsError, match=r"width: expected an even number \(real and imaginary parts\), found 7"):
        check_even(7)
