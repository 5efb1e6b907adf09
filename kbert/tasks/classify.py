"""One label for a text, or for a pair of texts."""

from collections.abc import Mapping
from typing import Any, Literal

import pyarrow as pa
from jaxtyping import Float, Int
from torch import Tensor, nn

from kbert.layers.classifier import Classifier
from kbert.layers.pooling import pool_text
from kbert.layout import Encoded
from kbert.targets import Targets
from kbert.tasks import _one_label as one

NEEDS = ("target",)
MARKERS: Mapping[str, str] = {}

gold, labels, said, counts = one.gold, one.labels, one.said, one.counts
primary, others, metrics = one.primary, one.others, one.metrics


class Head(nn.Module):
    """A hidden layer with tanh, as K-BERT's classifier has it, then one score a label.

    Args:
        pooling: which vector stands for the text, that of its first piece or the mean
        dropout: share of the vector's numbers set to 0 while training
    """

    def __init__(
        self, width: int, labels: list[str], *, pooling: Literal["cls", "mean"] = "cls", dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.labels, self.pooling = labels, pooling
        self.classifier = Classifier(width, width, len(labels), dropout)

    @property
    def reads_words(self) -> bool:
        """Whether vectors of words are read, and not those of special pieces alone."""
        return self.pooling == "mean"

    def targets(self, rows: pa.RecordBatch) -> Targets:
        """The number of each row's label."""
        return one.targets(rows, self.labels)

    def forward(self, encoded: Encoded) -> Float[Tensor, "batch labels"]:
        """Score every label."""
        scores: Tensor = self.classifier(pool_text(encoded.pieces, encoded.trunk.bool(), self.pooling))
        return scores

    def loss(
        self, scores: Float[Tensor, "batch labels"], target: Int[Tensor, "batch"], encoded: Encoded
    ) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
        """Cross-entropy, summed, and over how many texts."""
        return one.loss(scores, target)

    def decode(self, scores: Float[Tensor, "batch labels"], encoded: Encoded) -> list[dict[str, Any]]:
        """The best label of each text, its probability and that of the others."""
        return one.decode(scores, self.labels)
