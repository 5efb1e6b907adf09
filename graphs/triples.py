"""Many triples at once, column by column: what the fast formats give and the store takes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from itertools import repeat
from pathlib import Path
from typing import NamedTuple, TypeVar

from graphs.errors import DataError, OnBad, shown
from graphs.types import EntityText, RelationText, Triple

SPLITS = ("", "train", "dev", "test")
"""The splits a triple can belong to; the store keeps the position in this tuple."""

LARGEST = 1e30
"""Weights and priors stay within what a 32-bit number holds."""

WEIGHT, PRIOR = f"a weight (a number within ±{LARGEST:g})", f"a prior (a number from {1 / LARGEST:g} to {LARGEST:g})"
"""What is expected of them, for messages."""

BATCH = 8192
"""How many single triples are gathered into one :class:`Triples`."""

T = TypeVar("T", int, float)


@dataclass(frozen=True, eq=False)
class Triples:
    """Triples in file order, their names as UTF-8 bytes: never empty, and without NUL.

    ``split`` (a position in :data:`SPLITS`), ``label`` (1 true, −1 false) and ``weight`` are one
    value for all triples, or one a triple.
    """

    head: list[bytes]
    relation: list[bytes]
    tail: list[bytes]
    _: KW_ONLY
    split: int | list[int] = 0
    label: int | list[int] = 1
    weight: float | list[float] = 1.0

    def __len__(self) -> int:
        """The number of triples."""
        return len(self.head)

    def __iter__(self) -> Iterator[Triple]:
        """One record after another."""
        rows = zip(
            *(map(bytes.decode, column) for column in (self.head, self.relation, self.tail)),
            *(_each(column, len(self)) for column in (self.split, self.label)),
            _each(self.weight, len(self)),
            strict=True,
        )
        for head, relation, tail, split, label, weight in rows:
            yield Triple(head, relation, tail, SPLITS[split], label, weight)


def _each(values: T | list[T], count: int) -> Iterable[T]:
    return values if isinstance(values, list) else repeat(values, count)


class LeftOut(NamedTuple):
    """Statements that are no fact and no text of an entity, as ``kind`` says (literal values, for one)."""

    kind: str
    statements: int


class NewTexts(NamedTuple):
    """What rows of triples call entities and relations: the labels of those that are new and get no other."""

    entities: Mapping[bytes, bytes]
    relations: Mapping[bytes, bytes]


Record = Triple | EntityText | RelationText
"""What a format gives, one by one."""

Block = Triples | EntityText | RelationText | LeftOut | NewTexts
"""What a fast format gives: many triples at once, what new names are called, and the count of what it left out."""


def records(blocks: Iterable[Block]) -> Iterator[Record]:
    """The same, one by one: all but counts, and the texts of new names, which only a store can tell."""
    for block in blocks:
        if isinstance(block, Triples):
            yield from block
        elif not isinstance(block, LeftOut | NewTexts):
            yield block


def blocks(path: str | Path, single: Iterable[Record], *, bad: OnBad) -> Iterator[Block]:
    """The same with the triples gathered. A record that no store can hold is handed to ``bad``.

    Raises :class:`DataError` (through ``bad``) for an empty name, a name with NUL or half a
    surrogate pair, an unknown split, a label other than 1 and −1, a weight or prior out of range.
    """
    gathered: list[Triple] = []
    for record in single:
        if wrong := _wrong(record):
            bad(DataError(path, None, wrong, shown(tuple(record))))
        elif not isinstance(record, Triple):
            yield record
        else:
            gathered.append(record)
            if len(gathered) == BATCH:
                yield _gather(gathered)
                gathered = []
    if gathered:
        yield _gather(gathered)


def _wrong(record: Record) -> str:
    """What a record should have been, or nothing when it is well formed."""
    if not all(map(storable, record[:3] if isinstance(record, Triple) else record[:1])):
        return "names that are not empty, of well-formed text without NUL"
    if isinstance(record, EntityText):
        return "" if record.prior is None or 1 / LARGEST <= record.prior <= LARGEST else PRIOR
    if isinstance(record, RelationText):
        return ""
    if record.split not in SPLITS:
        return "one of the splits train, dev, test or none"
    if record.label not in (1, -1):
        return "a label 1 or -1"
    return "" if abs(record.weight) <= LARGEST else WEIGHT


def storable(name: str) -> bool:
    """Whether a name can stand in a store: it is not empty, holds no NUL and can be written as UTF-8."""
    try:
        return bool(name) and b"\0" not in name.encode()
    except UnicodeEncodeError:
        return False


def _gather(rows: list[Triple]) -> Triples:
    head, relation, tail, split, label, weight = zip(*rows, strict=True)
    names = ([name.encode() for name in column] for column in (head, relation, tail))
    return Triples(*names, split=[SPLITS.index(s) for s in split], label=list(label), weight=list(weight))
