"""Bi-encoder: one encoder reads a question, another an entity, and the cosine says how well they go together.

Wang et al. 2022, *SimKGC: Simple Contrastive Knowledge Graph Completion with Pre-trained Language Models*
(https://arxiv.org/abs/2203.02167), section 3.2. What is asked for is told by the place that is left out,
``[CLS] head [SEP] relation [SEP]`` or ``[CLS] relation [SEP] tail [SEP]``, and not by a word for
*inverse*, which every language would need its own of.
"""

import copy
import math
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize

from graphs.options import check_range
from graphs.tables import Ids
from kbert.backbone import Backbone
from kbert.triples.ids import Asked
from kbert.triples.read_packed import read_packed
from kbert.triples.texts import Batch, Packer, Parts, TripleTexts


class Model(nn.Module):
    """Two encoders, their vectors, and how sharply cosines are told apart.

    Args:
        max_pieces: cut longer questions and entities, special pieces included
        pooling: which vector stands for a text, that of its first piece or the mean
        towers: read questions and entities with an encoder each, or with one
        temperature: what cosines are divided by at first; it is learnt
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        max_pieces: int = 64,
        pooling: Literal["cls", "mean"] = "mean",
        towers: Literal["separate", "shared"] = "separate",
        temperature: float = 0.05,
    ) -> None:
        super().__init__()
        check_range("temperature", temperature, 0.001)
        self.backbone, self.pooling = backbone, pooling
        self.entity_backbone = copy.deepcopy(backbone) if towers == "separate" else None
        self._pack = Packer(backbone, max_pieces=max_pieces)
        check_range("max_pieces", max_pieces, self._pack.special(2) + 2)  # a piece for each part
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)))

    @property
    def scale(self) -> Float[Tensor, ""]:
        """What a cosine is multiplied by to be a logit."""
        return self.log_scale.exp()

    @property
    def longest(self) -> int:
        """Pieces that there are for an entity."""
        return self._pack.room(1)

    def lengths(self, texts: TripleTexts, asked: Asked) -> Ids:
        """Pieces of each question, special ones included."""
        return self._pack.lengths(*(phrases.lengths[which] for phrases, which in _parts(texts, asked)))

    def entity_lengths(self, texts: TripleTexts, entities: Ids) -> Ids:
        """Pieces of each entity, special ones included."""
        return self._pack.lengths(texts.entities.lengths[entities])

    def cut(self, texts: TripleTexts, asked: Asked) -> Ids:
        """Pieces of each question that there is no room for."""
        return self._pack.cut(_parts(texts, asked))

    def entity_cut(self, texts: TripleTexts, entities: Ids) -> Ids:
        """Pieces of each entity that there is no room for."""
        return self._pack.cut([(texts.entities, entities)])

    def collate(self, texts: TripleTexts, asked: Asked) -> Batch:
        """Pack questions as text, padded to the longest of them."""
        return self._pack(_parts(texts, asked))

    def collate_entities(self, texts: TripleTexts, entities: Ids) -> Batch:
        """Pack entities as text, padded to the longest of them."""
        return self._pack([(texts.entities, entities)])

    def forward(
        self, questions: Batch | None, entities: Batch | None
    ) -> tuple[Float[Tensor, "questions width"] | None, Float[Tensor, "entities width"] | None]:
        """Vectors of length 1 for the questions and for the entities."""
        reads_entities = self.entity_backbone or self.backbone
        return (
            None if questions is None else self._vectors(self.backbone, questions),
            None if entities is None else self._vectors(reads_entities, entities),
        )

    def _vectors(self, backbone: Backbone, batch: Batch) -> Float[Tensor, "batch width"]:
        return normalize(read_packed(backbone, batch, self.pooling), dim=1)


def _parts(texts: TripleTexts, asked: Asked) -> Parts:
    """Head and relation where the tail is asked for, else relation and tail."""
    relation = texts.count + asked.relation.astype(np.int64)
    first, second = np.where(asked.asks_tail, asked.given, relation), np.where(asked.asks_tail, relation, asked.given)
    return [(texts.together, first), (texts.together, second)]
