"""What tasks of one label a text have in common."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy

from graphs.errors import DataError
from kbert import metrics as measure
from kbert.targets import IGNORED, Targets, numbered


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


def targets(rows: pa.RecordBatch, labels: list[str]) -> Targets:
    """The number of each row's label."""
    return Targets.of_texts(numbered(labels, gold(rows)))


def loss(
    scores: Float[Tensor, "batch labels"], target: Int[Tensor, "batch"]
) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
    """Cross-entropy, summed, and over how many texts."""
    return cross_entropy(scores, target, ignore_index=IGNORED, reduction="sum"), (target != IGNORED).sum()


def decode(scores: Float[Tensor, "batch labels"], labels: list[str]) -> list[dict[str, Any]]:
    """The best label of each text, its probability and that of the others."""
    shares = scores.softmax(-1).tolist()
    best = scores.argmax(-1).tolist()
    return [
        {"label": labels[i], "score": row[i], "scores": dict(zip(labels, row, strict=True))}
        for i, row in zip(best, shares, strict=True)
    ]


def said(prediction: dict[str, Any]) -> str:
    """What of a prediction is compared with the gold."""
    return str(prediction["label"])


def counts(gold: Sequence[str | None], predicted: Sequence[str], labels: Sequence[str]) -> measure.Counts:
    """Of each text: right, predicted and gold for each label."""
    return measure.label_counts(gold, predicted, labels)


def primary(labels: Sequence[str], options: Mapping[str, Any]) -> measure.Metric:
    """Accuracy."""
    return measure.ACCURACY


def others(gold: Sequence[str | None], labels: Sequence[str], options: Mapping[str, Any]) -> list[measure.Metric]:
    """Macro F1."""
    return [measure.MACRO_F1]


def metrics(
    gold: Sequence[str | None], predicted: Sequence[str], labels: Sequence[str], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Accuracy, macro F1, and each label's precision, recall and F1."""
    total, known = counts(gold, predicted, labels).sum(0), frozenset(labels)
    return {
        "accuracy": measure.accuracy(total),
        "macro_f1": measure.macro_f1(total),
        "per_label": measure.per_label(total, measure.label_names(gold, labels)),
        "texts": sum(label is not None for label in gold),
        "unseen_labels": sum(label is not None and label not in known for label in gold),
    }
