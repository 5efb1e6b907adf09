"""What the machine's own matrix product does, for other figures to be shares of."""

import time

import torch


def product_rate(dtype: torch.dtype, size: int = 2048) -> float:
    """Multiplications and additions a second."""
    a, b = torch.randn(size, size, dtype=dtype), torch.randn(size, size, dtype=dtype)
    a @ b
    start = time.perf_counter()
    for _ in range(5):
        a @ b
    return 5 * 2 * size**3 / (time.perf_counter() - start)
