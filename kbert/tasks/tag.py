"""One tag for every word: named entities and the like."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from graphs.errors import DataError
from graphs.tables import offsets_of
from kbert import metrics as measure
from kbert.layers.pooling import pieces_of_words, pool_words
from kbert.layout import Encoded
from kbert.targets import IGNORED, Targets, numbered

MARKERS: tuple[str, ...] = ()
PRIMARY = "f1"


def gold(rows: pa.RecordBatch) -> list[list[str] | None]:
    """The tags of each row. Raises :class:`DataError` where they are not as many as the tokens."""
    tags: list[list[str] | None] = rows.column("target").field("tags").to_pylist()
    starts: pa.ListArray = rows.column("tokens").field("start")
    for name, row, count in zip(rows.column("id").to_pylist(), tags, starts.value_lengths().to_pylist(), strict=True):
        if row is not None and len(row) != count:
            raise DataError(f"text {name}", None, f"{count} tags, one a token", f"{len(row)}")
    return tags


def labels(batches: Iterable[pa.RecordBatch]) -> list[str]:
    """Every tag of the rows, sorted. Raises :class:`DataError` for a row without tags."""
    found: dict[str, None] = {}
    for rows in batches:
        for name, tags in zip(rows.column("id").to_pylist(), gold(rows), strict=True):
            if tags is None:
                raise DataError(f"text {name}", None, "tags to learn (one a token)", "none")
            found |= dict.fromkeys(tags)
    return sorted(found)


class Head(nn.Module):
    """One score a tag for every word.

    Args:
        pooling: which vector stands for a word, that of its first piece or the mean
        dropout: share of the vector's numbers set to 0 while training
    """

    def __init__(
        self, width: int, labels: list[str], *, pooling: Literal["first", "mean"] = "first", dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.labels, self.pooling = labels, pooling
        self.dropout = nn.Dropout(dropout)
        self.score = nn.Linear(width, len(labels))

    def targets(self, rows: pa.RecordBatch) -> Targets:
        """The number of each tag."""
        tags = [row if row is not None else [] for row in gold(rows)]
        offsets = offsets_of(np.fromiter(map(len, tags), dtype=np.int64, count=len(tags)))
        return Targets(offsets, numbered(self.labels, [tag for row in tags for tag in row]), per_text=False)

    def forward(self, encoded: Encoded) -> Float[Tensor, "batch words labels"]:
        """Score every tag for every word; words that were cut off score alike for all."""
        words = pool_words(encoded.pieces, encoded.word, max(encoded.words, default=0), self.pooling)
        return self.score(self.dropout(words))

    def loss(
        self, scores: Float[Tensor, "batch words labels"], target: Int[Tensor, "batch words"]
    ) -> tuple[Tensor, Tensor]:
        """Cross-entropy, summed, and over how many words."""
        flat = cross_entropy(scores.flatten(0, 1), target.flatten(), ignore_index=IGNORED, reduction="sum")
        return flat, (target != IGNORED).sum()

    def decode(self, scores: Float[Tensor, "batch words labels"], encoded: Encoded) -> list[dict[str, Any]]:
        """The best tag of each word; ``O`` for words that were cut off."""
        there = pieces_of_words(encoded.word, scores.shape[1]) > 0
        rows = zip(scores.argmax(-1).tolist(), there.tolist(), encoded.words, strict=True)
        return [
            {"tags": [self.labels[i] if seen else measure.OUTSIDE for i, seen in zip(best[:n], known[:n], strict=True)]}
            for best, known, n in rows
        ]


def said(prediction: dict[str, Any]) -> list[str]:
    """What of a prediction is compared with the gold."""
    return list(prediction["tags"])


def counts(gold: Sequence[list[str] | None], predicted: Sequence[list[str]], labels: Sequence[str]) -> measure.Counts:
    """Of each text: entities right, predicted, in the gold; a text without gold counts nothing."""
    known = [(wanted, found) if wanted is not None else ([], []) for wanted, found in zip(gold, predicted, strict=True)]
    return measure.chunk_counts([wanted for wanted, _ in known], [found for _, found in known])


def primary(total: measure.Counts) -> float:
    """F1 of typed entities, strict."""
    return measure.precision_recall_f1(*total)[2]


def metrics(gold: Sequence[list[str] | None], predicted: Sequence[list[str]], labels: Sequence[str]) -> dict[str, Any]:
    """Precision, recall and F1 of typed entities (strict), those of each type, and the share of right tags."""
    pairs = [(wanted, found) for wanted, found in zip(gold, predicted, strict=True) if wanted is not None]
    precision, recall, f1 = measure.precision_recall_f1(*counts(gold, predicted, labels).sum(0))
    right = sum(a == b for wanted, found in pairs for a, b in zip(wanted, found, strict=True))
    words = sum(len(wanted) for wanted, _ in pairs)
    unseen = sum(tag not in set(labels) for wanted, _ in pairs for tag in wanted)
    return {
        "f1": f1,
        "precision": precision,
        "recall": recall,
        "tag_accuracy": right / words if words else 0.0,
        "per_type": measure.chunk_metrics_by_type(pairs),
        "texts": len(pairs),
        "unseen_labels": unseen,
    }
