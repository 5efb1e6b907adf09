"""Metrics, all in one file. Each is computed from counts per text, so that it can be bootstrapped."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]
"""Counts of each text, ``[texts, counts]``; a metric is a function of their sum."""

OUTSIDE = "O"


class Metric(NamedTuple):
    """A metric by name, as a function of summed counts; the larger the better."""

    name: str
    of: Callable[[Counts], float]


Scheme = Literal["IOB2", "IOBES"]
"""How tags mark entities: ``B I*``, or ``B I* E`` and ``S`` for a single word."""

_PREFIXES = ("B", "I", "E", "S")

_OTHER_NAMES = {"M": "I", "L": "E", "U": "S"}
"""Prefixes of BMES and BILOU, which are IOBES by other names."""


class Chunk(NamedTuple):
    """An entity in a sequence of tags: positions ``start`` to ``end`` (half-open) and its type."""

    start: int
    end: int
    type: str


def scheme_of(tags: Iterable[str]) -> Scheme:
    """The scheme of a set of tags: IOBES if any of them ends an entity or is one."""
    return "IOBES" if any(_parted(tag)[0] in ("E", "S") for tag in tags) else "IOB2"


def mark_entities(tags: Iterable[str]) -> bool:
    """Whether a set of tags marks entities; parts of speech do not (``M`` and ``S`` may be among them)."""
    parted = [_parted(tag) for tag in tags]
    typed = any(prefix in _PREFIXES and name for prefix, name in parted)
    return typed or all(prefix in (*_PREFIXES, OUTSIDE) for prefix, _ in parted)


def chunks(tags: Sequence[str], scheme: Scheme) -> list[Chunk]:
    """Entities of a tag sequence, strictly: what does not follow the scheme is no entity.

    As seqeval's strict mode has them (https://github.com/chakki-works/seqeval).
    """
    parted = [_parted(tag) for tag in tags]
    return list(_iobes(parted) if scheme == "IOBES" else _iob2(parted))


def _parted(tag: str) -> tuple[str, str]:
    """Prefix and type of a tag; the type is empty where there is but one."""
    prefix, _, name = tag.partition("-")
    return _OTHER_NAMES.get(prefix, prefix), name


def _iob2(tags: Sequence[tuple[str, str]]) -> Iterator[Chunk]:
    start, kind = -1, ""
    for i, (prefix, name) in enumerate([*tags, (OUTSIDE, "")]):
        if start >= 0 and not (prefix == "I" and name == kind):
            yield Chunk(start, i, kind)
            start = -1
        if prefix == "B":
            start, kind = i, name


def _iobes(tags: Sequence[tuple[str, str]]) -> Iterator[Chunk]:
    start, kind = -1, ""
    for i, (prefix, name) in enumerate(tags):
        if prefix == "S":
            yield Chunk(i, i + 1, name)
        elif prefix == "E" and start >= 0 and name == kind:
            yield Chunk(start, i + 1, name)
        if prefix == "B":
            start, kind = i, name
        elif not (prefix == "I" and name == kind):
            start = -1


def chunk_counts(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], scheme: Scheme) -> Counts:
    """Of each text: entities right (span and type), predicted, in the gold."""
    rows = []
    for wanted, found in zip(gold, predicted, strict=True):
        expected, got = set(chunks(wanted, scheme)), set(chunks(found, scheme))
        rows.append((len(expected & got), len(got), len(expected)))
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def chunk_metrics_by_type(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], scheme: Scheme
) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and number of gold entities of each type."""
    totals: dict[str, list[int]] = {}
    for wanted, found in zip(gold, predicted, strict=True):
        expected, got = set(chunks(wanted, scheme)), set(chunks(found, scheme))
        for column, some in enumerate((expected & got, got, expected)):
            for chunk in some:
                totals.setdefault(chunk.type, [0, 0, 0])[column] += 1
    return {kind: _of_one(*total) for kind, total in sorted(totals.items())}


def stray_tags(gold: Sequence[Sequence[str]], scheme: Scheme) -> int:
    """How many tags belong to no entity though they are not outside: they do not follow the scheme."""
    tagged = sum(tag != OUTSIDE for tags in gold for tag in tags)
    return tagged - sum(chunk.end - chunk.start for tags in gold for chunk in chunks(tags, scheme))


def precision_recall_f1(right: float, predicted: float, gold: float) -> tuple[float, float, float]:
    """Precision, recall and their harmonic mean; 0 where nothing was predicted or wanted."""
    precision = right / predicted if predicted else 0.0
    recall = right / gold if gold else 0.0
    return precision, recall, 2 * right / (predicted + gold) if predicted + gold else 0.0


def label_names(gold: Sequence[str | None], labels: Sequence[str]) -> list[str]:
    """The labels, and behind them those that are in the gold alone, sorted."""
    return [*labels, *sorted({label for label in gold if label is not None} - set(labels))]


def label_counts(gold: Sequence[str | None], predicted: Sequence[str], labels: Sequence[str]) -> Counts:
    """Of each text and for each label in turn: right, predicted, in the gold (three columns a label).

    A gold label that is not among ``labels`` gets three columns of its own behind them, so that it
    counts as missed (see :func:`label_names`).
    """
    place = {name: 3 * i for i, name in enumerate(label_names(gold, labels))}
    counts = np.zeros((len(gold), 3 * len(place)))
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


ACCURACY, MACRO_F1 = Metric("accuracy", accuracy), Metric("macro_f1", macro_f1)


def per_label(total: Counts, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and number of gold texts of each label, from a sum of :func:`label_counts`."""
    return {name: _of_one(*row) for name, row in zip(names, total.reshape(-1, 3).tolist(), strict=True)}


def _of_one(right: float, predicted: float, gold: float) -> dict[str, float]:
    values = precision_recall_f1(right, predicted, gold)
    return {**dict(zip(("precision", "recall", "f1"), values, strict=True)), "gold": gold}


def micro_f1(total: Counts, *, without: int) -> tuple[float, float, float]:
    """Precision, recall and F1 over all labels but one, that of no relation, as TACRED is measured.

    Zhang et al. 2017 (https://aclanthology.org/D17-1004). From a sum of :func:`label_counts`.
    """
    return precision_recall_f1(*np.delete(total.reshape(-1, 3), without, axis=0).sum(0))


_DIRECTED = re.compile(r"(.+)\((e1,e2|e2,e1)\)")


def undirected(label: str) -> str | None:
    """The relation of a label that has a direction; None for any other.

    >>> undirected("Cause-Effect(e2,e1)")
    'Cause-Effect'
    """
    match = _DIRECTED.fullmatch(label)
    return None if match is None else match[1]


def semeval_f1(total: Counts, names: Sequence[str]) -> float:
    """The official score of SemEval-2010 task 8: mean F1 of the relations, without Other, where direction counts.

    A prediction in the wrong direction counts as one of the relation, and not as right. From a sum of
    :func:`label_counts`; ``names`` are the labels. Hendrickx et al. 2010 (https://aclanthology.org/S10-1006).
    """
    sums: dict[str, Counts] = {}
    for name, row in zip(names, total.reshape(-1, 3), strict=True):
        relation = undirected(name)
        if relation is not None:
            sums[relation] = sums.get(relation, np.zeros(3)) + row
    return float(np.mean([precision_recall_f1(*row)[2] for row in sums.values()])) if sums else 0.0


def set_counts(gold: Sequence[Sequence[str] | None], predicted: Sequence[Sequence[str]]) -> Counts:
    """Of each text: labels right, predicted, in the gold; 1 if all are right; its precision; its recall; 1.

    Precision is 0 where nothing was predicted, recall where nothing was wanted. A text without gold counts nothing.
    """
    counts = np.zeros((len(gold), 7))
    for row, (wanted, found) in enumerate(zip(gold, predicted, strict=True)):
        if wanted is None:
            continue
        expected, got = set(wanted), set(found)
        right = len(expected & got)
        precision, recall, _ = precision_recall_f1(right, len(got), len(expected))
        counts[row] = right, len(got), len(expected), expected == got, precision, recall, 1
    return counts


def mean_precision_recall_f1(precision: float, recall: float, texts: float) -> tuple[float, float, float]:
    """Means over texts, from sums, and their harmonic mean."""
    if not texts:
        return 0.0, 0.0, 0.0
    mean_precision, mean_recall = float(precision / texts), float(recall / texts)
    both = mean_precision + mean_recall
    return mean_precision, mean_recall, 2 * mean_precision * mean_recall / both if both else 0.0


def set_metrics_by_label(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], labels: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and number of gold texts of each label; those of the gold alone stand last, sorted."""
    names = [*labels, *sorted({label for row in gold for label in row} - set(labels))]
    totals = {name: [0, 0, 0] for name in names}
    for wanted, found in zip(gold, predicted, strict=True):
        expected, got = set(wanted), set(found)
        for column, some in enumerate((expected & got, got, expected)):
            for label in some:
                totals[label][column] += 1
    return {name: _of_one(*total) for name, total in totals.items()}


def number_counts(pairs: Sequence[tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]]) -> Counts:
    """Of each text, from its numbers in the gold and as predicted: how many, and sums that moments are made of."""
    rows = []
    for wanted, found in pairs:
        y, p = wanted.astype(np.float64), found.astype(np.float64)
        rows.append((len(y), y.sum(), (y * y).sum(), p.sum(), (p * p).sum(), (y * p).sum(), abs(y - p).sum()))
    return np.array(rows, dtype=np.float64).reshape(-1, 7)


def of_numbers(total: Counts) -> dict[str, float]:
    """R², Pearson's correlation and errors, from a sum of :func:`number_counts`; 0 where all numbers are alike."""
    count, y, yy, p, pp, yp, absolute = total.tolist()
    if not count:
        return {"r2": 0.0, "pearson": 0.0, "rmse": 0.0, "mae": 0.0, "numbers": 0}
    squared = max(yy - 2 * yp + pp, 0.0)
    spread, own = max(yy - y * y / count, 0.0), max(pp - p * p / count, 0.0)
    together = yp - y * p / count
    return {
        "r2": 1 - squared / spread if spread else 0.0,
        "pearson": together / (spread * own) ** 0.5 if spread and own else 0.0,
        "rmse": (squared / count) ** 0.5,
        "mae": absolute / count,
        "numbers": int(count),
    }


R2 = Metric("r2", lambda total: of_numbers(total)["r2"])
PEARSON = Metric("pearson", lambda total: of_numbers(total)["pearson"])
