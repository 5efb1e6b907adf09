"""What an encoder does, seen by trying it: a configuration does not say it."""

import math
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

if TYPE_CHECKING:
    from kbert.backbone.backbone import Backbone

TOLERANCE = 1e-5
"""Outputs this close are the same to a probe: far above rounding, far below what a position or a piece changes."""

LONG = 256
"""Pieces of a probe that shows a window of attention (128 wide in ModernBERT)."""


def spares(backbone: "Backbone", change: AbstractContextManager[None]) -> bool:
    """Whether the first pieces of two texts, one of them padded, come out as before while something is changed."""
    ids, positions, segments, _ = (torch.cat((some, some)) for some in probe(backbone, 6))
    mask = torch.ones_like(ids)
    mask[1, 4:] = 0
    training = backbone.encoder.training
    backbone.encoder.train(False)
    try:
        with torch.no_grad(), torch.autocast(ids.device.type, enabled=False):
            before = backbone.hidden(ids, positions, segments, mask)[:, 0]
            with change:
                changed = backbone.hidden(ids, positions, segments, mask)[:, 0]
    except Exception:  # whatever fails, the answer is no
        return False
    finally:
        backbone.encoder.train(training)
    return torch.allclose(before, changed, atol=TOLERANCE)


def tree_obstacle(backbone: "Backbone") -> str | None:
    """Why this encoder cannot read a sentence tree, or None if it can.

    Three things are tried: other soft positions must change the output, a piece that is hidden
    from all others must change nothing for them, and a matrix that hides nothing must be as none.
    """
    kind = backbone.encoder.config.model_type
    if not backbone.takes_positions:
        return f"{kind} takes no position ids"
    training = backbone.encoder.training
    backbone.encoder.train(False)
    try:
        with torch.no_grad():
            moves, leaks, narrows = _moves(backbone), _leaks(backbone), _narrows(backbone)
    except Exception as error:  # any failure here is the same answer: it cannot take the tree
        return f"{kind} fails on a visible matrix: {reason(error)}"
    finally:
        backbone.encoder.train(training)
    if not moves:
        return f"{kind} ignores position ids"
    if leaks:
        return f"{kind} lets hidden pieces through"
    return f"{kind} attends through a window, which a visible matrix would replace" if narrows else None


def probe(
    backbone: "Backbone", length: int
) -> tuple[
    Int[Tensor, "batch pieces"],
    Int[Tensor, "batch pieces"],
    Int[Tensor, "batch pieces"],
    Float[Tensor, "batch 1 pieces pieces"],
]:
    """Piece ids, positions, segments and an empty matrix of a text of letters."""
    weight = next(backbone.encoder.parameters())
    letters = [pieces[0] for pieces in backbone.pieces(list("abcdefg"))]
    ids = torch.tensor([[letters[i % len(letters)] for i in range(length)]], device=weight.device)
    positions = torch.arange(length, device=weight.device)[None]
    matrix = torch.zeros(1, 1, length, length, dtype=weight.dtype, device=weight.device)
    return ids, positions, torch.zeros_like(ids), matrix


def _moves(backbone: "Backbone") -> bool:
    """Whether positions change the output."""
    ids, positions, segments, matrix = probe(backbone, 6)
    plain, moved = (backbone(ids, some, segments, matrix) for some in (positions, positions.flip(1)))
    return not torch.allclose(plain, moved, atol=TOLERANCE)


def _leaks(backbone: "Backbone") -> bool:
    """Whether the last piece, hidden from the others, changes what they become."""
    ids, positions, segments, matrix = probe(backbone, 6)
    matrix[:, :, :5, 5] = matrix[:, :, 5, :5] = torch.finfo(matrix.dtype).min
    other = ids.clone()
    other[0, 5] = backbone.template.after[0] if backbone.template.after else backbone.pad_id
    one, two = (backbone(some, positions, segments, matrix)[:, :5] for some in (ids, other))
    return not torch.allclose(one, two, atol=TOLERANCE)


def _narrows(backbone: "Backbone") -> bool:
    """Whether the encoder hides far pieces by itself, which our matrix, put in the place of its own, would show."""
    ids, positions, segments, matrix = probe(backbone, min(backbone.max_positions, LONG))
    own, ours = (backbone(ids, positions, segments, mask) for mask in (torch.ones_like(ids), matrix))
    return bool((own - ours).norm() > math.sqrt(torch.finfo(own.dtype).eps) * own.norm())


def reason(error: Exception) -> str:
    """The first line of what somebody else's error says."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
