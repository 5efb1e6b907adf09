"""One tag for every word: named entities and the like."""

from collections.abc import Iterable, Mapping, Sequence
from operator import eq
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from graphs.errors import DataError
from graphs.options import check_range
from graphs.tables import offsets_of
from kbert import metrics as measure
from kbert.layers.pooling import pieces_of_words, pool_words, words_read
from kbert.layout import Encoded
from kbert.targets import IGNORED, Targets, numbered

NEEDS = ("tokens", "target")
MARKERS: Mapping[str, str] = {}


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
        check_range("dropout", dropout, 0, below=1)
        self.labels, self.pooling = labels, pooling
        self.dropout = nn.Dropout(dropout)
        self.score = nn.Linear(width, len(labels))

    @property
    def reads_words(self) -> bool:
        """Whether vectors of words are read, and not those of special pieces alone."""
        return True

    def targets(self, rows: pa.RecordBatch) -> Targets:
        """The number of each tag."""
        tags = [row if row is not None else [] for row in gold(rows)]
        offsets = offsets_of(np.fromiter(map(len, tags), dtype=np.int64, count=len(tags)))
        return Targets(offsets, numbered(self.labels, [tag for row in tags for tag in row]), per_text=False)

    def forward(self, encoded: Encoded) -> Float[Tensor, "batch words labels"]:
        """Score every tag for every word; words that were cut off score alike for all."""
        read = words_read(encoded.word)
        scores: Tensor = self.score(self.dropout(pool_words(encoded.pieces, encoded.word, read, self.pooling)))
        return pad(scores, (0, 0, 0, max(encoded.words, default=0) - read))

    def loss(
        self, scores: Float[Tensor, "batch words labels"], target: Int[Tensor, "batch words"], encoded: Encoded
    ) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
        """Cross-entropy, summed, and over how many words: those that the encoder has seen."""
        cut_off = pieces_of_words(encoded.word, target.shape[1]) == 0
        target = target.masked_fill(cut_off, IGNORED)
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
    """Of each text: entities right, predicted, in the gold; tags right, in the gold.

    A text without gold counts nothing.
    """
    known = [(wanted, found) if wanted is not None else ([], []) for wanted, found in zip(gold, predicted, strict=True)]
    wanted, found = [pair[0] for pair in known], [pair[1] for pair in known]
    tags = [(sum(map(eq, a, b)), len(a)) for a, b in known]
    entities = measure.chunk_counts(wanted, found, _scheme(wanted, labels))
    return np.concatenate([entities, np.array(tags, dtype=np.float64).reshape(-1, 2)], axis=1)


def _scheme(gold: Sequence[Sequence[str]], labels: Sequence[str]) -> measure.Scheme:
    """One scheme for all texts: a text whose tags happen to end no entity is read as the others are."""
    return measure.scheme_of({*labels, *(tag for tags in gold for tag in tags)})


def primary(labels: Sequence[str], options: Mapping[str, Any]) -> measure.Metric:
    """F1 of typed entities, strict; the share of right tags where no tag marks an entity (parts of speech)."""
    return ENTITY_F1 if measure.mark_entities(labels) else TAG_ACCURACY


def _entities(total: measure.Counts) -> tuple[float, float, float]:
    return measure.precision_recall_f1(*total[:3])


def _tag_accuracy(total: measure.Counts) -> float:
    right, tags = total[3:]
    return float(right / tags) if tags else 0.0


ENTITY_F1 = measure.Metric("f1", lambda total: _entities(total)[2])
TAG_ACCURACY = measure.Metric("tag_accuracy", _tag_accuracy)


def others(gold: Sequence[Any], labels: Sequence[str], options: Mapping[str, Any]) -> list[measure.Metric]:
    """None."""
    return []


def metrics(
    gold: Sequence[list[str] | None],
    predicted: Sequence[list[str]],
    labels: Sequence[str],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Precision, recall and F1 of typed entities (strict), those of each type, and the share of right tags.

    ``unseen_labels`` counts gold tags that training did not have, ``stray_tags`` those of no entity
    (they do not follow the scheme).
    """
    known = [(wanted, found) for wanted, found in zip(gold, predicted, strict=True) if wanted is not None]
    wanted, found = [pair[0] for pair in known], [pair[1] for pair in known]
    scheme, seen = _scheme(wanted, labels), frozenset(labels)
    total = counts(wanted, found, labels).sum(0)
    precision, recall, f1 = _entities(total)
    return {
        "f1": f1,
        "precision": precision,
        "recall": recall,
        "tag_accuracy": _tag_accuracy(total),
        "per_type": measure.chunk_metrics_by_type(wanted, found, scheme),
        "texts": len(known),
        "unseen_labels": sum(tag not in seen for tags in wanted for tag in tags),
        "stray_tags": measure.stray_tags(wanted, scheme),
    }
