"""Tab-separated triples in either order, with a truth label or a weight if the file has one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from graphs.errors import OnBad, stop
from graphs.formats._rows import Rows, rows
from graphs.formats._values import labels, weights
from graphs.triples import SPLITS, Block, Record, Triples, records

SUFFIXES = (".tsv",)

NAMES = {"h": "head", "r": "relation", "t": "tail"}


def read(
    path: str | Path,
    *,
    bad: OnBad = stop,
    order: Literal["hrt", "htr"] = "hrt",
    header: bool = False,
    fourth: Literal["none", "label", "weight"] = "none",
    split: Literal["", "train", "dev", "test"] = "",
) -> Iterator[Record]:
    """The triples of a file, one by one.

    Args:
        path: the file.
        bad: what to do with a bad line.
        order: columns are head, relation, tail (hrt) or head, tail, relation (htr).
        header: the first line names the columns and is left out.
        fourth: a fourth column holds the label (1 true, -1 false) or the weight of each triple.
        split: the split that all triples of the file belong to.
    """
    return records(blocks(path, bad=bad, order=order, header=header, fourth=fourth, split=split))


def blocks(path: str | Path, *, bad: OnBad, order: str, header: bool, fourth: str, split: str) -> Iterator[Block]:
    """The triples of a file, many at once; the options are those of :func:`read`."""
    names = ", ".join([*(NAMES[letter] for letter in order), *([fourth] if fourth != "none" else [])])
    width = 3 if fourth == "none" else 4
    for found in rows(path, (width,), names, bad=bad, skip=int(header)):
        yield _triples(found, order, fourth, SPLITS.index(split), bad)


def _triples(found: Rows, order: str, fourth: str, split: int, bad: OnBad) -> Triples:
    label: int | list[int] = 1
    weight: float | list[float] = 1.0
    if fourth == "label":
        found, label = labels(found, 3, bad=bad)
    elif fourth == "weight":
        found, weight = weights(found, 3, bad=bad)
    head, relation, tail = (found.columns[order.index(letter)] for letter in "hrt")
    return Triples(head, relation, tail, split=split, label=label, weight=weight)
