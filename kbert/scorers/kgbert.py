"""KG-BERT: an encoder reads a whole triple and says whether it is true, or reads two entities and says what joins them.

Yao et al. 2019, *KG-BERT: BERT for Knowledge Graph Completion* (https://arxiv.org/abs/1909.03193),
sections 3.2 (equations 1 to 4) and figures 1 and 2.
"""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from graphs.options import check_range
from graphs.tables import Ids
from kbert.backbone import Backbone
from kbert.layers.pooling import pool_text
from kbert.triples.ids import TripleIds
from kbert.triples.texts import Batch, Packer, Parts, TripleTexts

TASKS = ("triple", "relation")


class Model(nn.Module):
    """One encoder over head, relation and tail (or head and tail), and a classifier on its first vector.

    Args:
        max_pieces: cut longer triples, special pieces included
        pooling: which vector stands for the triple, that of its first piece or the mean
        dropout: share of the vector's numbers set to 0 while training
    """

    def __init__(
        self,
        backbone: Backbone,
        task: str,
        outputs: int,
        *,
        max_pieces: int = 128,
        pooling: Literal["cls", "mean"] = "cls",
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        check_range("dropout", dropout, 0, below=1)
        self.backbone, self.pooling = backbone, pooling
        self._reads_relation = task == "triple"
        self._pack = Packer(backbone, max_pieces=max_pieces)
        check_range("max_pieces", max_pieces, self._pack.special(3) + 3)  # a piece for each part
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Linear(backbone.width, backbone.width)
        self.score = nn.Linear(backbone.width, outputs)

    @property
    def longest(self) -> int:
        """Pieces that there are for all parts of a triple together."""
        return self._pack.room(3 if self._reads_relation else 2)

    def lengths(self, texts: TripleTexts, triples: TripleIds) -> Ids:
        """Pieces of each triple, special ones included."""
        return self._pack.lengths(*(phrases.lengths[which] for phrases, which in self._parts(texts, triples)))

    def cut(self, texts: TripleTexts, triples: TripleIds) -> Ids:
        """Pieces of each triple that there is no room for."""
        return self._pack.cut(self._parts(texts, triples))

    def collate(self, texts: TripleTexts, triples: TripleIds) -> Batch:
        """Pack triples as text, padded to the longest of them."""
        return self._pack(self._parts(texts, triples))

    def _parts(self, texts: TripleTexts, triples: TripleIds) -> Parts:
        head, tail = (texts.entities, triples.head), (texts.entities, triples.tail)
        return [head, (texts.relations, triples.relation), tail] if self._reads_relation else [head, tail]

    def forward(self, batch: Batch) -> Float[Tensor, "batch labels"]:
        """Score packed triples. The classifier computes in float32: bf16 cannot tell near scores apart."""
        positions = torch.arange(batch.piece_ids.shape[1], device=batch.piece_ids.device).expand_as(batch.piece_ids)
        inputs = batch.piece_ids, positions, batch.segments, batch.mask
        if self.pooling == "cls":
            vector = self.backbone.first(*inputs).float()
        else:
            vector = pool_text(self.backbone(*inputs).float(), batch.mask.bool(), self.pooling)
        with torch.autocast(vector.device.type, enabled=False):
            scores: Tensor = self.score(self.dropout(torch.tanh(self.hidden(self.dropout(vector)))))
        return scores
