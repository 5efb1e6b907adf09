"""Metrics, all in one file. Each is computed from counts per text, so that it can be bootstrapped."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]
"""Counts of each text, ``[texts, counts]``; a metric is a function of their sum."""

OUTSIDE = "O"


class Chunk(NamedTuple):
    """An entity in a sequence of tags: positions ``start`` to ``end`` (half-open) and its type."""

    start: int
    end: int
    type: str


def chunks(tags: Sequence[str]) -> list[Chunk]:
    """Entities of a tag sequence, strictly: what does not follow the scheme is no entity.

    With any ``E-`` or ``S-`` tag the scheme is IOBES (``B I* E`` or ``S``), else IOB2 (``B I*``),
    as seqeval's strict mode has them (https://github.com/chakki-works/seqeval).
    """
    whole = any(tag.startswith(("E-", "S-")) for tag in tags)
    return list(_iobes(tags) if whole else _iob2(tags))


def _iob2(tags: Sequence[str]) -> Iterator[Chunk]:
    start, kind = -1, ""
    for i, tag in enumerate([*tags, OUTSIDE]):
        prefix, _, name = tag.partition("-")
        if start >= 0 and not (prefix == "I" and name == kind):
            yield Chunk(start, i, kind)
            start = -1
        if prefix == "B":
            start, kind = i, name


def _iobes(tags: Sequence[str]) -> Iterator[Chunk]:
    start, kind = -1, ""
    for i, tag in enumerate(tags):
        prefix, _, name = tag.partition("-")
        if prefix == "S":
            yield Chunk(i, i + 1, name)
        elif prefix == "E" and start >= 0 and name == kind:
            yield Chunk(start, i + 1, name)
        if prefix == "B":
            start, kind = i, name
        elif not (prefix == "I" and name == kind):
            start = -1


def chunk_counts(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Counts:
    """Of each text: entities right (span and type), predicted, in the gold."""
    rows = []
    for wanted, found in zip(gold, predicted, strict=True):
        expected, got = set(chunks(wanted)), set(chunks(found))
        rows.append((len(expected & got), len(got), len(expected)))
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def chunk_metrics_by_type(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and number of gold entities of each type, from pairs of gold and predicted tags."""
    totals: dict[str, list[int]] = {}
    for wanted, found in pairs:
        expected, got = set(chunks(wanted)), set(chunks(found))
        for column, some in enumerate((expected & got, got, expected)):
            for chunk in some:
                totals.setdefault(chunk.type, [0, 0, 0])[column] += 1
    return {
        kind: dict(zip(("precision", "recall", "f1"), precision_recall_f1(*total), strict=True)) | {"gold": total[2]}
        for kind, total in sorted(totals.items())
    }


def precision_recall_f1(right: float, predicted: float, gold: float) -> tuple[float, float, float]:
    """Precision, recall and their harmonic mean; 0 where nothing was predicted or wanted."""
    precision = right / predicted if predicted else 0.0
    recall = right / gold if gold else 0.0
    return precision, recall, 2 * right / (predicted + gold) if predicted + gold else 0.0


def label_counts(gold: Sequence[str | None], predicted: Sequence[str], labels: Sequence[str]) -> Counts:
    """Of each text and for each label in turn: right, predicted, in the gold (three columns a label).

    A gold label that is not among ``labels`` gets three columns of its own behind them, so that it
    counts as missed.
    """
    names = [*labels, *sorted({label for label in gold if label is not None} - set(labels))]
    place = {name: 3 * i for i, name in enumerate(names)}
    counts = np.zeros((len(gold), 3 * len(names)))
    for row, (wanted, found) in enumerate(zip(gold, predicted, strict=True)):
        if wanted is None:
            continue
        counts[row, place[found] + 1] += 1
        counts[row, place[wanted] + 2] += 1
        counts[row, place[wanted]] += wanted == found
    return counts


def accuracy(total: Counts) -> float:
    """Share of right labels, from a sum of :func:`label_counts`."""
    right, _, gold = total.reshape(-1, 3).sum(0)
    return float(right / gold) if gold else 0.0


def macro_f1(total: Counts) -> float:
    """Mean F1 over the labels that are in the gold or were predicted, from a sum of :func:`label_counts`."""
    rows = [row for row in total.reshape(-1, 3) if row[1] or row[2]]
    return float(np.mean([precision_recall_f1(*row)[2] for row in rows])) if rows else 0.0
