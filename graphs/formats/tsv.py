"""Tab-separated triples in either order, with a truth label or a weight if the file has one.

A first line that names the columns ``head``, ``relation`` and ``tail`` is a header: columns then
go by their names, ``label`` and ``weight`` among them, and others are passed over. What stands in
``head_text``, ``relation_text`` and ``tail_text`` becomes the label of entities and relations that are new.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Literal

from graphs.errors import OnBad, stop
from graphs.formats._rows import Rows, rows
from graphs.formats._values import labels, weights
from graphs.questions import PARTS, TEXTS, is_visible
from graphs.triples import SPLITS, Block, NewTexts, Record, Triples, records

SUFFIXES = (".tsv",)

OPTIONAL = ("label", "weight")
"""What a header may name besides, and is then read."""

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
        header: the first line is left out, whatever it says.
        fourth: a fourth column holds the label (1 true, -1 or 0 false) or the weight of each triple.
        split: the split that all triples of the file belong to.
    """
    return records(blocks(path, bad=bad, order=order, header=header, fourth=fourth, split=split))


def blocks(path: str | Path, *, bad: OnBad, order: str, header: bool, fourth: str, split: str) -> Iterator[Block]:
    """The triples of a file, many at once, and what new names are called; the options are those of :func:`read`."""
    parts = tuple(NAMES[letter] for letter in order)
    own = (*parts, fourth) if fourth != "none" else parts
    how: dict[str, Any] = {"skip": int(header), "header": own, "also": OPTIONAL, "optional": TEXTS}
    for found in rows(path, (len(own),), ", ".join(own), bad=bad, **how):
        yield from _blocks(found, found.names or own, SPLITS.index(split), bad)


def _blocks(found: Rows, names: tuple[str, ...], split: int, bad: OnBad) -> Iterator[Block]:
    label: int | list[int] = 1
    weight: float | list[float] = 1.0
    if "weight" in names:
        found, _ = weights(found, names.index("weight"), bad=bad)
    if "label" in names:
        found, label = labels(found, names.index("label"), bad=bad)
    if "weight" in names:  # read again: the labels may have left rows out
        weight = [float(field) for field in found.columns[names.index("weight")]]
    head, relation, tail = (found.columns[names.index(name)] for name in NAMES.values())
    yield Triples(head, relation, tail, split=split, label=label, weight=weight)
    if any(name in names for name in TEXTS):
        yield _texts({name: found.columns[names.index(name)] for name in names})


def _texts(columns: Mapping[str, list[bytes]]) -> NewTexts:
    """What rows call their heads, relations and tails, where they do."""
    said = [[*zip(columns[part], columns.get(f"{part}_text", repeat(b"")), strict=False)] for part in PARTS]
    heads, relations, tails = said
    return NewTexts(_first(chain.from_iterable(zip(heads, tails, strict=True))), _first(relations))


def _first(said: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Of each name the first text in which anything can be seen."""
    found: dict[bytes, bytes] = {}
    for name, text in said:
        if text and name not in found and is_visible(text.decode()):
            found[name] = text
    return found
