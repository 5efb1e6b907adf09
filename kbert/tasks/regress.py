"""A number for a text, or one for every word."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import pad

from graphs.errors import DataError, OptionsError
from graphs.options import check_range
from graphs.tables import offsets_of
from kbert import metrics as measure
from kbert.layers.classifier import Classifier
from kbert.layers.pooling import pieces_of_words, pool_text, pool_words, words_read
from kbert.layout import Encoded
from kbert.targets import Targets

NEEDS = ("tokens", "target")
MARKERS: Mapping[str, str] = {}

TEXT, WORD = "a number a text", "a number a word"

MOST = 1e15
"""The largest number: squares of larger ones would overflow in float32."""

Gold = float | list[float] | None


def gold(rows: pa.RecordBatch) -> list[Gold]:
    """The number of each row, or those of its words.

    Raises :class:`DataError` for what is no finite number that can be learnt, for numbers that are not as many as the
    tokens, and for a row with both.
    """
    value, values = (rows.column("target").field(name).to_pylist() for name in ("value", "values"))
    starts: pa.ListArray = rows.column("tokens").field("start")
    found: list[Gold] = []
    names = rows.column("id").to_pylist()
    for name, one, several, words in zip(names, value, values, starts.value_lengths().to_pylist(), strict=True):
        if one is not None and several is not None:
            raise DataError(f"text {name}", None, "a number (value) or those of its words (values)", "both")
        if one is None and several is not None and len(several) != words:
            raise DataError(f"text {name}", None, f"{words} numbers, one a token", f"{len(several)}")
        odd = next((n for n in ([one] if one is not None else several or []) if not _is_number(n)), 0.0)
        if not _is_number(odd):
            raise DataError(f"text {name}", None, f"finite numbers between -{MOST:.0e} and {MOST:.0e}", f"{odd}")
        found.append(several if one is None else one)
    return found


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and abs(value) <= MOST


def labels(batches: Iterable[pa.RecordBatch]) -> list[str]:
    """What numbers there are, a text or a word, and their mean and deviation, by which a head's scores are scaled.

    Raises :class:`DataError` for a row without any, for rows of both kinds, and where there is no number at all.
    """
    numbers: list[float] = []
    kinds: dict[str, str] = {}
    for rows in batches:
        for name, row in zip(rows.column("id").to_pylist(), gold(rows), strict=True):
            if row is None:
                raise DataError(f"text {name}", None, "a number to learn (column value, or values)", "none")
            kinds.setdefault(WORD if isinstance(row, list) else TEXT, name)
            numbers += row if isinstance(row, list) else [row]
    if len(kinds) > 1:
        (kind, _), (other, name) = kinds.items()
        raise DataError(f"text {name}", None, f"{kind}, as before it", other)
    if not numbers:
        raise DataError("text graphs", None, "numbers to learn", "none")
    return [*kinds, f"mean {np.mean(numbers)!s}", f"deviation {np.std(numbers)!s}"]


class Head(nn.Module):
    """A number of a text by a hidden layer with tanh, or of every word by a product; scaled as training's numbers are.

    Args:
        pooling: which vector stands for a text, that of its first piece or the mean; a word is the mean over its pieces
        dropout: share of the vector's numbers set to 0 while training
    """

    def __init__(
        self, width: int, labels: list[str], *, pooling: Literal["cls", "mean"] = "cls", dropout: float = 0.1
    ) -> None:
        super().__init__()
        check_range("dropout", dropout, 0, below=1)
        if labels[0] == WORD and pooling != "cls":
            raise OptionsError(f"pooling {pooling!r} has no effect: a word is the mean over its pieces")
        self.per_word, self.pooling = labels[0] == WORD, pooling
        self.mean, deviation = (float(label.split()[1]) for label in labels[1:])
        self.deviation = deviation or 1.0  # all numbers are the same
        self.dropout = nn.Dropout(dropout)
        self.score = nn.Linear(width, 1) if self.per_word else Classifier(width, width, 1, dropout)

    @property
    def reads_words(self) -> bool:
        """Whether vectors of words are read, and not those of special pieces alone."""
        return self.per_word or self.pooling == "mean"

    def targets(self, rows: pa.RecordBatch) -> Targets:
        """The numbers; NaN where there are none. Raises :class:`DataError` for those of the other kind."""
        found = gold(rows)
        for name, row in zip(rows.column("id").to_pylist(), found, strict=True):
            if row is not None and isinstance(row, list) != self.per_word:
                own, other = (WORD, TEXT) if self.per_word else (TEXT, WORD)
                raise DataError(f"text {name}", None, f"{own}, as in training", other)
        if not self.per_word:
            return Targets.of_texts(np.array([np.nan if isinstance(n, list | None) else n for n in found], np.float32))
        words = [row if isinstance(row, list) else [] for row in found]
        offsets = offsets_of(np.fromiter(map(len, words), dtype=np.int64, count=len(words)))
        return Targets(offsets, np.array([n for row in words for n in row], dtype=np.float32), per_text=False)

    def forward(self, encoded: Encoded) -> Float[Tensor, "batch"] | Float[Tensor, "batch words"]:
        """The number of each text, or of each word."""
        if self.per_word:
            read = words_read(encoded.word)
            scores: Tensor = self.score(self.dropout(pool_words(encoded.pieces, encoded.word, read, "mean")))
            scores = pad(scores, (0, 0, 0, max(encoded.words, default=0) - read))
        else:
            scores = self.score(pool_text(encoded.pieces, encoded.trunk.bool(), self.pooling))
        return self.mean + self.deviation * scores[..., 0]

    def loss(
        self,
        scores: Float[Tensor, "batch"] | Float[Tensor, "batch words"],
        target: Float[Tensor, "batch"] | Float[Tensor, "batch words"],
        encoded: Encoded,
    ) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
        """Squared errors in deviations of training, summed, and over how many: words that the encoder has seen."""
        known = ~target.isnan()
        if self.per_word:
            known &= pieces_of_words(encoded.word, target.shape[1]) > 0
        error = (scores[known] - target[known]) / self.deviation
        return error.pow(2).sum(), known.sum()

    def decode(
        self, scores: Float[Tensor, "batch"] | Float[Tensor, "batch words"], encoded: Encoded
    ) -> list[dict[str, Any]]:
        """The number of each text, or those of its words; the mean of training for words that were cut off."""
        if not self.per_word:
            return [{"value": value} for value in scores.tolist()]
        there = pieces_of_words(encoded.word, scores.shape[1]) > 0
        rows = torch.where(there, scores, self.mean).tolist()
        return [{"values": row[:words]} for row, words in zip(rows, encoded.words, strict=True)]


def said(prediction: dict[str, Any]) -> float | list[float]:
    """What of a prediction is compared with the gold."""
    found: float | list[float] = prediction["value"] if "value" in prediction else list(prediction["values"])
    return found


def counts(gold: Sequence[Gold], predicted: Sequence[float | list[float]], labels: Sequence[str]) -> measure.Counts:
    """Of each text: sums over its numbers that all metrics are made of (see :func:`kbert.metrics.number_counts`).

    A text without gold, or with gold of the other kind, counts nothing.
    """
    pairs = [
        (np.atleast_1d(wanted), np.atleast_1d(found))
        if wanted is not None and isinstance(wanted, list) == isinstance(found, list)
        else (np.empty(0), np.empty(0))
        for wanted, found in zip(gold, predicted, strict=True)
    ]
    return measure.number_counts(pairs)


def primary(labels: Sequence[str], options: Mapping[str, Any]) -> measure.Metric:
    """The share of the variance that is explained."""
    return measure.R2


def others(gold: Sequence[Gold], labels: Sequence[str], options: Mapping[str, Any]) -> list[measure.Metric]:
    """Pearson's correlation."""
    return [measure.PEARSON]


def metrics(
    gold: Sequence[Gold], predicted: Sequence[float | list[float]], labels: Sequence[str], options: Mapping[str, Any]
) -> dict[str, Any]:
    """R², Pearson's correlation, root mean squared and mean absolute error, and over how many numbers."""
    each = counts(gold, predicted, labels)
    return {**measure.of_numbers(each.sum(0)), "texts": int((each[:, 0] > 0).sum())}
