"""One label for a marked aspect of a text, such as what a review says of the soup."""

from typing import Any, Literal

import pyarrow as pa
from jaxtyping import Float, Int
from torch import Tensor, nn

from kbert.layers.classifier import Classifier
from kbert.layers.pooling import pool_marked, read_width
from kbert.layout import Encoded
from kbert.targets import Targets
from kbert.tasks import _one_label as one

NEEDS = ("target",)
MARKERS = {"aspect": "[ASP]"}

gold, labels, said, counts = one.gold, one.labels, one.said, one.counts
primary, others, metrics = one.primary, one.others, one.metrics


class Head(nn.Module):
    """One score a label, of the text in which the aspect is marked.

    Args:
        pooling: what is read, the text's first piece, the aspect's first marker or the mean of its words
        dropout: share of the vector's numbers set to 0 while training
    """

    def __init__(
        self,
        width: int,
        labels: list[str],
        *,
        pooling: Literal["cls", "markers", "spans"] = "cls",
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.labels, self.pooling = labels, pooling
        self.classifier = Classifier(read_width(width, len(MARKERS), pooling), width, len(labels), dropout)

    @property
    def reads_words(self) -> bool:
        """Whether vectors of words are read, and not those of special pieces alone."""
        return self.pooling == "spans"

    def targets(self, rows: pa.RecordBatch) -> Targets:
        """The number of each row's label."""
        return one.targets(rows, self.labels)

    def forward(self, encoded: Encoded) -> Float[Tensor, "batch labels"]:
        """Score every label."""
        scores: Tensor = self.classifier(pool_marked(encoded.pieces, encoded.word, len(MARKERS), self.pooling))
        return scores

    def loss(
        self, scores: Float[Tensor, "batch labels"], target: Int[Tensor, "batch"], encoded: Encoded
    ) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
        """Cross-entropy, summed, and over how many texts."""
        return one.loss(scores, target)

    def decode(self, scores: Float[Tensor, "batch labels"], encoded: Encoded) -> list[dict[str, Any]]:
        """The best label of each text, its probability and that of the others."""
        return one.decode(scores, self.labels)
