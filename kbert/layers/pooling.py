"""From pieces to words, and from pieces to one vector for the whole text."""

from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from kbert.layout import OPENING

TextPooling = Literal["cls", "mean"]
WordPooling = Literal["first", "mean"]
MarkedPooling = Literal["cls", "markers", "spans"]


def pool_text(
    pieces: Float[Tensor, "batch pieces width"], trunk: Bool[Tensor, "batch pieces"], how: TextPooling
) -> Float[Tensor, "batch width"]:
    """The first piece, or the mean over the pieces of the text itself (injected ones left out)."""
    if how == "cls":
        return pieces[:, 0]
    weight = trunk.to(pieces.dtype)[:, :, None]
    return (pieces * weight).sum(1) / weight.sum(1).clamp(min=1)


def read_width(width: int, roles: int, how: MarkedPooling) -> int:
    """How many numbers :func:`pool_marked` gives of a text."""
    return width if how == "cls" else roles * width


def pool_marked(
    pieces: Float[Tensor, "batch pieces width"], word: Int[Tensor, "batch pieces"], roles: int, how: MarkedPooling
) -> Float[Tensor, "batch read"]:
    """The first piece; or side by side the first marker of each role, or the mean over the words of each span.

    Every text has a span of each role, with a word inside (or 0 stands for it).
    """
    if how == "cls":
        return pieces[:, 0]
    if how == "spans":
        return torch.cat([pool_text(pieces, _inside(word, role, roles), "mean") for role in range(roles)], dim=1)
    first = torch.stack([(word == OPENING - role).int().argmax(1) for role in range(roles)], dim=1)
    return pieces.gather(1, first[:, :, None].expand(-1, -1, pieces.shape[2])).flatten(1)


def _inside(word: Int[Tensor, "batch pieces"], role: int, roles: int) -> Bool[Tensor, "batch pieces"]:
    """The pieces of words between the markers of a role."""
    opened, closed = ((word == OPENING - number).cumsum(1) for number in (role, roles + role))
    return (opened > closed) & (word >= 0)


def words_read(word: Int[Tensor, "batch pieces"]) -> int:
    """How many words of any text have come to the encoder: behind them all are cut off, and need no room."""
    return 1 + max(int(word.max()), -1) if word.numel() else 0


def pieces_of_words(word: Int[Tensor, "batch pieces"], words: int) -> Int[Tensor, "batch words"]:
    """How many pieces each word has; 0 where it was cut off.

    ``word`` gives the word of each piece, negative for none.
    """
    column = torch.where(word < 0, words, word)  # pieces of no word are counted in one more column
    count = torch.zeros(len(word), words + 1, device=word.device, dtype=torch.long)
    return count.scatter_add_(1, column, torch.ones_like(column))[:, :words]


def pool_words(
    pieces: Float[Tensor, "batch pieces width"], word: Int[Tensor, "batch pieces"], words: int, how: WordPooling
) -> Float[Tensor, "batch words width"]:
    """One vector a word: that of its first piece, or the mean over its pieces; 0 if it has none."""
    batch, length, width = pieces.shape
    count = pieces_of_words(word, words)
    column = torch.where(word < 0, words, word)
    if how == "first":
        places = torch.arange(length, device=pieces.device).expand(batch, -1)
        first = torch.full((batch, words + 1), max(length - 1, 0), device=pieces.device)
        first = first.scatter_reduce_(1, column, places, "amin")[:, :words]
        gathered = pieces.gather(1, first[:, :, None].expand(-1, -1, width))
        return gathered * (count > 0)[:, :, None]
    total = pieces.new_zeros(batch, words + 1, width)
    total = total.scatter_add(1, column[:, :, None].expand(-1, -1, width), pieces)
    return total[:, :words] / count[:, :, None].clamp(min=1)
