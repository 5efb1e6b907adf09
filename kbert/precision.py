"""In which precision to compute."""

import torch

from graphs.options import check_choice

PRECISIONS = ("auto", "bf16", "fp32")


def best_precision(name: str, device: torch.device) -> torch.dtype:
    """``bf16`` or ``fp32``; ``auto`` is bf16 where the machine computes in it faster than in float32.

    Raises :class:`OptionsError` for any other name.
    """
    check_choice("precision", name, PRECISIONS)
    if name == "auto":
        has = torch.cuda.is_bf16_supported() if device.type == "cuda" else torch.cpu._is_avx512_bf16_supported()
        return torch.bfloat16 if has else torch.float32
    return {"bf16": torch.bfloat16, "fp32": torch.float32}[name]
