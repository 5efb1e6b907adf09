"""Any number of types for a marked mention of a text."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from graphs.errors import DataError
from graphs.options import check_range
from graphs.tables import offsets_of
from kbert import metrics as measure
from kbert.layers.classifier import Classifier
from kbert.layers.pooling import pool_marked, read_width
from kbert.layout import Encoded
from kbert.targets import Targets, numbered

NEEDS = ("target",)
MARKERS = {"mention": "[ENT]"}

UNKNOWN = -1
"""Stands in the targets of a text of which nobody knows the types; one that is known to have none has no target."""

SHOWN = 0.01
"""Predictions name labels from this probability on: of thousands of types most are out of the question."""


def gold(rows: pa.RecordBatch) -> list[list[str] | None]:
    """The types of each row; an empty list where it has none."""
    labels: list[list[str] | None] = rows.column("target").field("labels").to_pylist()
    return labels


def labels(batches: Iterable[pa.RecordBatch]) -> list[str]:
    """Every type of the rows, sorted. Raises :class:`DataError` for a row of which they are not known."""
    found: dict[str, None] = {}
    for rows in batches:
        for name, row in zip(rows.column("id").to_pylist(), gold(rows), strict=True):
            if row is None:
                raise DataError(f"text {name}", None, "types to learn (column labels, empty for none)", "none")
            found |= dict.fromkeys(row)
    return sorted(found)


class Head(nn.Module):
    """One score a type, each for itself, of the text in which the mention is marked (ERNIE, section 3.4).

    Args:
        pooling: what is read, the text's first piece, the mention's first marker or the mean of its words
        threshold: the probability from which a type is predicted
        at_least_one: predict the best type where none reaches the threshold
        dropout: share of the vector's numbers set to 0 while training
    """

    def __init__(
        self,
        width: int,
        labels: list[str],
        *,
        pooling: Literal["cls", "markers", "spans"] = "cls",
        threshold: float = 0.5,
        at_least_one: bool = False,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        check_range("threshold", threshold, 0, most=1)
        self.labels, self.pooling = labels, pooling
        self.threshold, self.at_least_one = threshold, at_least_one
        self.classifier = Classifier(read_width(width, len(MARKERS), pooling), width, len(labels), dropout)

    @property
    def reads_words(self) -> bool:
        """Whether vectors of words are read, and not those of special pieces alone."""
        return self.pooling == "spans"

    def targets(self, rows: pa.RecordBatch) -> Targets:
        """The numbers of each row's types; one that training did not have is ``IGNORED``."""
        types = [[UNKNOWN] if row is None else numbered(self.labels, list(row)).tolist() for row in gold(rows)]
        offsets = offsets_of(np.fromiter(map(len, types), dtype=np.int64, count=len(types)))
        return Targets(offsets, np.array(list(chain.from_iterable(types)), dtype=np.int64), per_text=False)

    def forward(self, encoded: Encoded) -> Float[Tensor, "batch labels"]:
        """Score every type."""
        scores: Tensor = self.classifier(pool_marked(encoded.pieces, encoded.word, len(MARKERS), self.pooling))
        return scores

    def loss(
        self, scores: Float[Tensor, "batch labels"], target: Int[Tensor, "batch items"], encoded: Encoded
    ) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
        """Binary cross-entropy of every type, summed, and of how many (texts times types)."""
        known = ~(target == UNKNOWN).any(1)
        wanted = torch.zeros(len(scores), scores.shape[1] + 1, device=scores.device)
        column = torch.where(target < 0, scores.shape[1], target)  # what is no type goes to one more column
        wanted = wanted.scatter_(1, column, 1.0)[:, :-1]
        each = binary_cross_entropy_with_logits(scores, wanted, reduction="none")
        return each[known].sum(), known.sum() * scores.shape[1]

    def decode(self, scores: Float[Tensor, "batch labels"], encoded: Encoded) -> list[dict[str, Any]]:
        """The types that reach the threshold, in the order of labels, and the probability of all that are likely."""
        shares = scores.sigmoid()
        taken = shares >= self.threshold
        if self.at_least_one and len(self.labels):
            best = nn.functional.one_hot(scores.argmax(-1), scores.shape[1]).bool()
            taken |= best & ~taken.any(1, keepdim=True)
        told = taken | (shares >= SHOWN)
        return [
            {
                "labels": [self.labels[i] for i in np.flatnonzero(row)],
                "scores": {self.labels[i]: float(share[i]) for i in np.flatnonzero(likely)},
            }
            for row, likely, share in zip(taken.numpy(force=True), told.numpy(force=True), shares.tolist(), strict=True)
        ]


def said(prediction: dict[str, Any]) -> list[str]:
    """What of a prediction is compared with the gold."""
    return list(prediction["labels"])


def counts(gold: Sequence[list[str] | None], predicted: Sequence[list[str]], labels: Sequence[str]) -> measure.Counts:
    """Of each text: types right, predicted, in the gold; whether all are right; precision; recall; 1.

    A text without gold counts nothing.
    """
    return measure.set_counts(gold, predicted)


def primary(labels: Sequence[str], options: Mapping[str, Any]) -> measure.Metric:
    """Loose micro F1."""
    return MICRO_F1


MICRO_F1 = measure.Metric("micro_f1", lambda total: measure.precision_recall_f1(*total[:3])[2])


def others(gold: Sequence[Any], labels: Sequence[str], options: Mapping[str, Any]) -> list[measure.Metric]:
    """None."""
    return []


def metrics(
    gold: Sequence[list[str] | None],
    predicted: Sequence[list[str]],
    labels: Sequence[str],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Strict accuracy, loose micro and loose macro precision, recall and F1, and those of each type.

    As Ling & Weld 2012, *Fine-Grained Entity Recognition* (https://ojs.aaai.org/index.php/AAAI/article/view/8122),
    section 4 have them; a text without any type is a text like the others. ``unseen_labels`` counts
    gold types that training did not have: each is missed.
    """
    total, seen = counts(gold, predicted, labels).sum(0), frozenset(labels)
    known = [(row, found) for row, found in zip(gold, predicted, strict=True) if row is not None]
    names = ("precision", "recall", "f1")
    micro, macro = measure.precision_recall_f1(*total[:3]), measure.mean_precision_recall_f1(*total[4:])
    return {
        **{f"micro_{name}": value for name, value in zip(names, micro, strict=True)},
        **{f"macro_{name}": value for name, value in zip(names, macro, strict=True)},
        "accuracy": float(total[3] / total[6]) if total[6] else 0.0,
        "per_label": measure.set_metrics_by_label([row for row, _ in known], [found for _, found in known], labels),
        "texts": len(known),
        "unseen_labels": sum(label not in seen for row, _ in known for label in set(row)),
    }
