"""One label for a text, or for a pair of texts."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import pyarrow as pa
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from graphs.errors import DataError
from graphs.options import check_range
from kbert import metrics as measure
from kbert.layers.pooling import pool_text
from kbert.layout import Encoded
from kbert.targets import IGNORED, Targets, numbered

NEEDS = ("target",)
MARKERS: tuple[str, ...] = ()


def gold(rows: pa.RecordBatch) -> list[str | None]:
    """The label of each row."""
    labels: list[str | None] = rows.column("target").field("label").to_pylist()
    return labels


def labels(batches: Iterable[pa.RecordBatch]) -> list[str]:
    """Every label of the rows, sorted. Raises :class:`DataError` for a row without one."""
    found: dict[str, None] = {}
    for rows in batches:
        for name, label in zip(rows.column("id").to_pylist(), gold(rows), strict=True):
            if label is None:
                raise DataError(f"text {name}", None, "a label to learn (column target)", "none")
            found[label] = None
    return sorted(found)


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
        check_range("dropout", dropout, 0, below=1)
        self.labels, self.pooling = labels, pooling
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Linear(width, width)
        self.score = nn.Linear(width, len(labels))

    def targets(self, rows: pa.RecordBatch) -> Targets:
        """The number of each row's label."""
        return Targets.of_texts(numbered(self.labels, gold(rows)))

    def forward(self, encoded: Encoded) -> Float[Tensor, "batch labels"]:
        """Score every label."""
        text = pool_text(encoded.pieces, encoded.trunk.bool(), self.pooling)
        scores: Tensor = self.score(self.dropout(torch.tanh(self.hidden(self.dropout(text)))))
        return scores

    def loss(
        self, scores: Float[Tensor, "batch labels"], target: Int[Tensor, "batch"], encoded: Encoded
    ) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
        """Cross-entropy, summed, and over how many texts."""
        return cross_entropy(scores, target, ignore_index=IGNORED, reduction="sum"), (target != IGNORED).sum()

    def decode(self, scores: Float[Tensor, "batch labels"], encoded: Encoded) -> list[dict[str, Any]]:
        """The best label of each text, its probability and that of the others."""
        shares = scores.softmax(-1).tolist()
        best = scores.argmax(-1).tolist()
        return [
            {"label": self.labels[i], "score": row[i], "scores": dict(zip(self.labels, row, strict=True))}
            for i, row in zip(best, shares, strict=True)
        ]


def said(prediction: dict[str, Any]) -> str:
    """What of a prediction is compared with the gold."""
    return str(prediction["label"])


def counts(gold: Sequence[str | None], predicted: Sequence[str], labels: Sequence[str]) -> measure.Counts:
    """Of each text: right, predicted and gold for each label."""
    return measure.label_counts(gold, predicted, labels)


def primary(labels: Sequence[str]) -> measure.Metric:
    """Accuracy."""
    return measure.Metric("accuracy", measure.accuracy)


def metrics(gold: Sequence[str | None], predicted: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """Accuracy, macro F1, and each label's precision, recall and F1."""
    total, known = counts(gold, predicted, labels).sum(0), frozenset(labels)
    names = measure.label_names(gold, labels)
    per_label = {
        name: dict(zip(("precision", "recall", "f1"), measure.precision_recall_f1(*row), strict=True))
        | {"gold": row[2]}
        for name, row in zip(names, total.reshape(-1, 3).tolist(), strict=True)
    }
    return {
        "accuracy": measure.accuracy(total),
        "macro_f1": measure.macro_f1(total),
        "per_label": per_label,
        "texts": sum(label is not None for label in gold),
        "unseen_labels": sum(label is not None and label not in known for label in gold),
    }
