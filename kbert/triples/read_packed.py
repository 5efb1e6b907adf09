"""Packed texts through an encoder: a vector for each."""

import torch
from jaxtyping import Float
from torch import Tensor

from kbert.backbone import Backbone
from kbert.layers.pooling import TextPooling, pool_text
from kbert.triples.texts import Batch


def read_packed(backbone: Backbone, batch: Batch, pooling: TextPooling) -> Float[Tensor, "batch width"]:
    """The vector of the first piece of each text, or the mean over its pieces, special ones among them; in float32."""
    positions = torch.arange(batch.piece_ids.shape[1], device=batch.piece_ids.device).expand_as(batch.piece_ids)
    pieces = backbone(batch.piece_ids, positions, batch.segments, batch.mask)
    with torch.autocast(pieces.device.type, enabled=False):
        return pool_text(pieces.float(), batch.mask.bool(), pooling)
