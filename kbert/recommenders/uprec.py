"""UPRec: an encoder of item sequences that is pre-trained on what users do, who they are, and whom they know.

Xiao et al. 2021, *UPRec: User-Aware Pre-training for Recommender Systems* (https://arxiv.org/abs/2102.10989), on the
encoder of BERT4Rec (Sun et al. 2019, https://arxiv.org/abs/1904.06690); with the objective ``causal`` that of SASRec
(Kang & McAuley 2018, https://arxiv.org/abs/1808.09781) with cross-entropy.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import embedding, gelu, linear

from graphs.errors import OptionsError
from graphs.options import check_choice, check_range
from kbert.behaviour.laying import FIRST, PAD
from kbert.behaviour.profiles import Target
from kbert.layers.dropout import Dropout


class Model(nn.Module):
    """Read the items of a user and say which comes next, what the user is like, and who is near.

    Args:
        objective: masked: hidden items are told from both sides; causal: each item from those before it
        width: numbers of a vector
        layers: layers of the encoder
        heads: heads of attention
        length: items of a history that are read at most
        dropout: share of numbers set to 0 while training
    """

    def __init__(
        self,
        catalogue: int,
        attributes: Sequence[Target] = (),
        *,
        objective: Literal["masked", "causal"] = "masked",
        width: int = 64,
        layers: int = 2,
        heads: int = 2,
        length: int = 50,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        check_choice("objective", objective, ("masked", "causal"))
        for name, value in (("width", width), ("layers", layers), ("heads", heads), ("length", length)):
            check_range(name, value, 1)
        check_range("dropout", dropout, 0, below=1)
        if width % heads:
            raise OptionsError(f"heads: expected a divisor of the width {width}, found {heads}")
        self.most, self.causal = length, objective == "causal"
        self.items = nn.Embedding(FIRST + catalogue, width)
        self.places = nn.Embedding(length + 2, width)
        self.norm, self.dropout = nn.LayerNorm(width), Dropout(dropout)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, "gelu", batch_first=True)
        for name in ("dropout", "dropout1", "dropout2"):
            setattr(layer, name, Dropout(dropout))
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.hidden, self.hidden_norm = nn.Linear(width, width), nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(catalogue))
        self.attributes = nn.ModuleDict({str(i): nn.Linear(width, one.outputs) for i, one in enumerate(attributes)})
        self._names = [one.name for one in attributes]
        # Summed over all numbers, squares would begin at many times the loss of chance and draw all users to one point.
        self.weight, self.shift = nn.Parameter(torch.full((width,), 1 / width)), nn.Parameter(torch.zeros(()))
        for table in (self.items, self.places):
            nn.init.normal_(table.weight, std=0.02)  # as BERT and SASRec have it

    def forward(self, ids: Int[Tensor, "batch pieces"]) -> Float[Tensor, "batch pieces width"]:
        """The vector of each piece. Places count from the end, so that the last item is always at the same one."""
        real = ids != PAD
        place = (real.sum(1, keepdim=True) - 1 - torch.arange(ids.shape[1], device=ids.device)).clamp(min=0)
        vectors = self.dropout(self.norm(self.items(ids) + self.places(place)))
        length = ids.shape[1]
        later = torch.ones(length, length, dtype=torch.bool, device=ids.device).triu(1) if self.causal else None
        read: Tensor = self.encoder(vectors, mask=later, src_key_padding_mask=~real)
        return read

    def _asking(self, vectors: Float[Tensor, "labels width"]) -> Float[Tensor, "labels width"]:
        asking: Tensor = self.hidden_norm(gelu(self.hidden(vectors)))
        return asking

    def scores(self, vectors: Float[Tensor, "labels width"]) -> Float[Tensor, "labels items"]:
        """Logits of all items at each place that asks."""
        return linear(self._asking(vectors), self.items.weight[FIRST:], self.bias)

    def scores_of(
        self, vectors: Float[Tensor, "labels width"], own: Int[Tensor, " labels"], others: Int[Tensor, " items"]
    ) -> tuple[Float[Tensor, " labels"], Float[Tensor, "labels items"]]:
        """At each place the logit of an item of its own, and those of some items that all places share."""
        asking, items = self._asking(vectors), torch.cat((own, others))
        # Looked up together: every look-up has a gradient as large as the whole table.
        rows, bias = embedding(FIRST + items, self.items.weight), self.bias[items]
        of_own = (asking * rows[: len(own)]).sum(1) + bias[: len(own)]
        return of_own, linear(asking, rows[len(own) :], bias[len(own) :])

    def pooled(
        self, vectors: Float[Tensor, "batch pieces width"], real: Bool[Tensor, "batch pieces"]
    ) -> Float[Tensor, "batch width"]:
        """The vector of each user: of every number the largest over the pieces, without padding."""
        return vectors.masked_fill(~real[:, :, None], -torch.inf).amax(1)

    def profile(self, pooled: Float[Tensor, "batch width"]) -> dict[str, Float[Tensor, "batch labels"]]:
        """By name, the number or the logits of the categories of each attribute."""
        return {name: self.attributes[str(i)](pooled) for i, name in enumerate(self._names)}

    def nearness(
        self, one: Float[Tensor, "batch width"], others: Float[Tensor, "items width"]
    ) -> Float[Tensor, "batch items"]:
        """Of each to each −(w · (one − other)² + b), as social relation detection has it; b makes no difference."""
        squares = (one[:, None] - others[None]).square() @ self.weight
        return -(squares + self.shift)
