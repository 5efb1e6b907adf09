"""The relation between two marked spans of a text, its head and its tail."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa
from jaxtyping import Float, Int
from torch import Tensor, nn

from graphs.errors import OptionsError, did_you_mean
from kbert import metrics as measure
from kbert.layers.classifier import Classifier
from kbert.layers.pooling import pool_marked, read_width
from kbert.layout import Encoded
from kbert.targets import Targets
from kbert.tasks import _one_label as one

NEEDS = ("target",)
MARKERS = {"head": "[HD]", "tail": "[TL]"}

OTHER = "Other"
"""The label of SemEval-2010 task 8 that its official score leaves out."""

gold, labels, said, counts = one.gold, one.labels, one.said, one.counts


class Head(nn.Module):
    """One score a relation, of the text in which head and tail are marked (ERNIE, section 3.4).

    Args:
        pooling: what is read, the text's first piece, or of head and tail, side by side, the first markers or the mean
            of their words
        no_relation: the label that says there is none; the F1 that chooses the epoch then leaves it out
        dropout: share of the vector's numbers set to 0 while training
    """

    def __init__(
        self,
        width: int,
        labels: list[str],
        *,
        pooling: Literal["cls", "markers", "spans"] = "cls",
        no_relation: str = "",
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if no_relation and no_relation not in labels:
            hint = did_you_mean(no_relation, labels)
            raise OptionsError(f"no_relation: expected a label of the training texts{hint}, found {no_relation!r}")
        self.labels, self.pooling = labels, pooling
        self.classifier = Classifier(read_width(width, len(MARKERS), pooling), width, len(labels), dropout)

    @property
    def reads_words(self) -> bool:
        """Whether vectors of words are read, and not those of special pieces alone."""
        return self.pooling == "spans"

    def targets(self, rows: pa.RecordBatch) -> Targets:
        """The number of each row's relation."""
        return one.targets(rows, self.labels)

    def forward(self, encoded: Encoded) -> Float[Tensor, "batch labels"]:
        """Score every relation."""
        scores: Tensor = self.classifier(pool_marked(encoded.pieces, encoded.word, len(MARKERS), self.pooling))
        return scores

    def loss(
        self, scores: Float[Tensor, "batch labels"], target: Int[Tensor, "batch"], encoded: Encoded
    ) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
        """Cross-entropy, summed, and over how many texts."""
        return one.loss(scores, target)

    def decode(self, scores: Float[Tensor, "batch labels"], encoded: Encoded) -> list[dict[str, Any]]:
        """The best relation of each text, its probability and that of the others."""
        return one.decode(scores, self.labels)


def primary(labels: Sequence[str], options: Mapping[str, Any]) -> measure.Metric:
    """Accuracy; where a label says that there is no relation, micro F1 of the others (as TACRED is measured)."""
    none = options["no_relation"]
    if not none:
        return one.primary(labels, options)
    place = list(labels).index(none)
    return measure.Metric("micro_f1", lambda total: measure.micro_f1(total, without=place)[2])


def others(gold: Sequence[str | None], labels: Sequence[str], options: Mapping[str, Any]) -> list[measure.Metric]:
    """Accuracy and macro F1; for labels as SemEval-2010 task 8 has them its official macro F1."""
    found = [measure.ACCURACY, *one.others(gold, labels, options)]
    if _of_semeval(labels):
        names = measure.label_names(gold, labels)
        found.append(measure.Metric("semeval_f1", lambda total: measure.semeval_f1(total, names)))
    return found


def _of_semeval(labels: Sequence[str]) -> bool:
    return OTHER in labels and all(measure.undirected(label) or label == OTHER for label in labels)


def metrics(
    gold: Sequence[str | None], predicted: Sequence[str], labels: Sequence[str], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Those of one label a text, and such as relations are measured by.

    With ``no_relation`` the micro precision, recall and F1 of the other labels; for labels as SemEval-2010
    task 8 has them its official macro F1 (``semeval_f1``).
    """
    total, found = counts(gold, predicted, labels).sum(0), one.metrics(gold, predicted, labels, options)
    names = measure.label_names(gold, labels)
    if options["no_relation"]:
        values = measure.micro_f1(total, without=names.index(options["no_relation"]))
        found = dict(zip(("micro_precision", "micro_recall", "micro_f1"), values, strict=True)) | found
    if _of_semeval(labels):
        found = {"semeval_f1": measure.semeval_f1(total, names)} | found
    return found
