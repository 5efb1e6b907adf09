"""Entities beside a text, and how a layer fuses the two: the K-Encoder of ERNIE.

Zhang et al. 2019, *ERNIE: Enhanced Language Representation with Informative Entities*
(https://arxiv.org/abs/1905.07129), section 3.3. Only the first piece of a text and the pieces that
have an entity take part: those are the *slots* of a text. What the reference works out for all
other pieces is masked to exactly 0 before anything reads it.
"""

from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

Kind = Literal["sim", "mix", "norm"]
"""A plain layer; one that fuses vectors as they are; one where entities attend to each other first."""

Entities = Float[Tensor, "batch slots width"]
Seen = Bool[Tensor, "batch slots"]


class Shape(NamedTuple):
    """What the entity side of a layer takes over from the text side."""

    inner: int
    """Width between the two halves of the feed-forward layer."""
    dropout: float
    attention_dropout: float
    eps: float
    """That of LayerNorm."""
    spread: float
    """Standard deviation of weights at first."""


class EntityAttention(nn.Module):
    """Attention among the entities of a text, with residual and LayerNorm behind it (equation 3)."""

    def __init__(self, width: int, heads: int, shape: Shape) -> None:
        super().__init__()
        self.heads, self.share_dropout = heads, shape.attention_dropout
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.dropout = nn.Dropout(shape.dropout)
        self.norm = nn.LayerNorm(width, eps=shape.eps)

    def forward(self, entities: Entities, seen: Seen) -> Entities:
        """Every entity attends to those that are seen; of each text at least one is."""
        query, key, value = (
            part(entities).view(*seen.shape, self.heads, -1).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        dropout = self.share_dropout if self.training else 0.0
        found = scaled_dot_product_attention(query, key, value, seen[:, None, None], dropout_p=dropout)
        made: Tensor = self.norm(entities + self.dropout(self.out(found.transpose(1, 2).flatten(2))))
        return made


class Fusion(nn.Module):
    """The entity side of one layer; its text side, W_t, b_t, W_o and b_o, is the encoder's own feed-forward layer.

    Equation 4, for a piece w̃ and its entity ẽ (0 where there is none, and b_e is added there as well)::

        h = act(W_t w̃ + b_t + W_e ẽ + b_e)    w = LN(w̃ + W_o h + b_o)    e = LN_e(ẽ + W_oe h + b_oe)

    W_e and b_e are 0 at first, so that the text comes out as of the encoder alone.

    Args:
        width: that of the entities
        shape: what is as in the text side
        heads: of the attention among entities; None for a layer that fuses them as they come in
        is_last: whether no later layer reads what becomes of the entities, which then is not worked out
    """

    def __init__(self, width: int, shape: Shape, *, heads: int | None, is_last: bool) -> None:
        super().__init__()
        self.attention = None if heads is None else EntityAttention(width, heads, shape)
        self.into = nn.Linear(width, shape.inner)
        self.out = None if is_last else nn.Linear(shape.inner, width)
        self.norm = None if is_last else nn.LayerNorm(width, eps=shape.eps)
        self.dropout = nn.Dropout(shape.dropout)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=shape.spread)
                nn.init.zeros_(module.bias)
        nn.init.zeros_(self.into.weight)

    def read(self, entities: Entities, seen: Seen) -> Entities:
        """ẽ: entities after their attention, if they have one, and 0 where none is seen."""
        if self.attention is not None:
            entities = self.attention(entities, seen)
        return entities * seen[:, :, None]

    def fuse(
        self,
        inner: Float[Tensor, "batch pieces inner"],
        entities: Entities,
        slots: Int[Tensor, "batch slots"],
    ) -> Float[Tensor, "batch pieces inner"]:
        """Add W_e ẽ to the inner layer (before its activation) at the piece of each slot, and b_e to every piece."""
        added = linear(entities, self.into.weight).to(inner.dtype)
        fused = inner + self.into.bias.to(inner.dtype)
        fused.flatten(0, 1).index_add_(0, _flat(slots, inner.shape[1]), added.flatten(0, 1))
        return fused

    def write(
        self,
        inner: Float[Tensor, "batch pieces inner"],
        entities: Entities,
        slots: Int[Tensor, "batch slots"],
    ) -> Entities:
        """e: what becomes of the entities, from the inner layer behind its activation."""
        if self.out is None or self.norm is None:
            return entities
        own = inner.flatten(0, 1).index_select(0, _flat(slots, inner.shape[1])).view(*slots.shape, -1)
        made: Tensor = self.norm(entities + self.dropout(self.out(own)))
        return made


def _flat(slots: Int[Tensor, "batch slots"], pieces: int) -> Int[Tensor, " items"]:
    """Where each slot's piece stands when the pieces of all texts stand end to end."""
    return (slots + torch.arange(len(slots), device=slots.device)[:, None] * pieces).flatten()
