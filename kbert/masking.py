"""Masked words: pieces that are hidden, changed or left as they are, and must be named (Devlin et al. 2019, 3.1)."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

HIDDEN, CHANGED = 0.8, 0.1
"""Shares of the chosen pieces that become ``[MASK]`` and another piece; the rest stays as it is."""


def chosen_pieces(may: Bool[Tensor, "batch pieces"], share: float, most: int) -> Bool[Tensor, "batch pieces"]:
    """Of the pieces that may be chosen a share in each text, drawn evenly: at least one, and no more than ``most``."""
    room = may.sum(1)
    count = torch.minimum((room * share).round().clamp(1, most).long(), room)
    noise = torch.rand(may.shape, device=may.device).masked_fill(~may, 2.0)
    return may & (noise.argsort(1).argsort(1) < count[:, None])


def hide_pieces(
    piece_ids: Int[Tensor, "batch pieces"],
    chosen: Bool[Tensor, "batch pieces"],
    mask_id: int,
    words: Int[Tensor, " items"],
) -> Int[Tensor, "batch pieces"]:
    """The pieces with those that were chosen hidden: of ten, eight are ``mask_id`` and one is drawn from ``words``."""
    dice = torch.rand(piece_ids.shape, device=piece_ids.device)
    others = words[torch.randint(len(words), piece_ids.shape, device=piece_ids.device)]
    hidden = torch.where(chosen & (dice < HIDDEN), mask_id, piece_ids)
    return torch.where(chosen & (dice >= HIDDEN) & (dice < HIDDEN + CHANGED), others, hidden)
