"""In which precision to compute."""

import time
from functools import cache

import torch

from graphs.options import check_choice

PRECISIONS = ("auto", "bf16", "fp32")

FASTER = 1.5
"""How many times as fast as float32 bf16 must be for its rounding to be worth it."""

SIZE, TRIES = 256, 25
"""Rows and columns of the matrices that are tried, and how often: so short that other work seldom comes between."""


def best_precision(name: str, device: torch.device) -> torch.dtype:
    """``bf16`` or ``fp32``; ``auto`` is bf16 where the machine computes in it faster than in float32.

    Raises :class:`OptionsError` for any other name.
    """
    check_choice("precision", name, PRECISIONS)
    if name == "auto":
        is_fast = torch.cuda.is_bf16_supported() if device.type == "cuda" else is_fast_in_bf16()
        return torch.bfloat16 if is_fast else torch.float32
    return {"bf16": torch.bfloat16, "fp32": torch.float32}[name]


def here() -> torch.device:
    """What trainings and answers are computed on."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def name_of(precision: torch.dtype) -> str:
    """How files call it: ``float32`` or ``bfloat16``."""
    return str(precision).removeprefix("torch.")


@cache
def is_fast_in_bf16() -> bool:
    """Whether the processor multiplies matrices in bf16 well faster than in float32.

    Tried once a process, as instructions for bf16 say little: with them some processors are four times as fast,
    and some half as fast.
    """
    return torch.cpu._is_avx512_bf16_supported() and speed_of_bf16() > FASTER


def speed_of_bf16() -> float:
    """How many times as fast as in float32 the processor multiplies matrices in bf16."""
    seconds = {torch.bfloat16: float("inf"), torch.float32: float("inf")}
    for _ in range(1 + TRIES):  # by turns, so that other work on the machine meets both
        for precision in seconds:
            matrix = torch.ones(SIZE, SIZE, dtype=precision)
            start = time.perf_counter()
            matrix @ matrix
            seconds[precision] = min(seconds[precision], time.perf_counter() - start)
    return seconds[torch.float32] / seconds[torch.bfloat16]
