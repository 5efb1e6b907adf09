"""Which facts of an entity a text graph carries, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from graphs.codepoints import is_unspaced
from graphs.errors import OptionsError
from graphs.knowledge import Direction, KnowledgeGraph
from graphs.tables import Ids, Ints, offsets_of, ranges

Order = Literal["file", "weight", "rare", "context"]
Which = Literal["own", "shuffled", "none"]


class Facts(NamedTuple):
    """Facts of a list of entities: entity ``i`` has ``offsets[i]:offsets[i + 1]`` of each column.

    ``relation`` indexes the graph's relations, ``other`` is the id of the tail (of the head where
    ``inverse``).
    """

    offsets: Ids
    relation: Ints
    other: Ids
    inverse: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Side:
    """The facts of all entities in one direction; ``content`` says whose relation and tail each row shows."""

    rows: Direction
    usable: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float32]
    content: Ids | None

    @cached_property
    def _all_usable(self) -> bool:
        return bool(self.usable.all())

    def of(self, entities: Ids, first: int | None) -> tuple[Ids, Ids]:
        """Number of the entity (in the list) and row of each usable fact, in file order; at least the ``first``."""
        starts = self.rows.offsets[entities]
        counts = self.rows.offsets[entities + 1] - starts
        if first is not None and self._all_usable:
            counts = np.minimum(counts, first)  # hubs have millions
        rows = ranges(starts, counts)
        number = np.repeat(np.arange(len(entities)), counts)
        kept = self.usable[rows]
        return number[kept], rows[kept]

    def relation(self, rows: Ids) -> Ints:
        return np.asarray(self.rows.relations[self._shown(rows)], dtype=np.int32)

    def other(self, rows: Ids) -> Ids:
        return np.asarray(self.rows.others[self._shown(rows)], dtype=np.int64)

    def _shown(self, rows: Ids) -> Ids:
        return rows if self.content is None else self.content[rows]

    @cached_property
    def sharing(self) -> Ids:
        """For each row, how many usable rows show the same relation and other entity."""
        everything = np.arange(len(self.usable))
        key = self.other(everything) * (int(self.rows.relations.max(initial=0)) + 1) + self.relation(everything)
        _, which = np.unique(key, return_inverse=True)
        return np.bincount(which, weights=self.usable)[which].astype(np.int64)


class FactChooser:
    """Choose the facts of entities, the most wanted first.

    ``order``: ``file`` as the graph has them; ``weight`` the heaviest first; ``rare`` first what
    the fewest entities share; ``context`` first those whose tail shares most words with the text.
    Ties stay in file order, an entity's own facts before inverse ones.
    With ``which="shuffled"`` facts are permuted over the whole graph among those of equal length
    in characters (relation and tail together), so that every entity keeps the number and the
    lengths of its facts but says what others say: the control of any claim that knowledge helps.
    Facts in the other direction are permuted among themselves; weights stay with the entity.

    Raises :class:`OptionsError` for an order or a choice that there is not.
    """

    def __init__(
        self,
        kg: KnowledgeGraph,
        *,
        most: int = 16,
        order: Order = "file",
        inverse: bool = False,
        which: Which = "own",
        seed: int = 0,
    ) -> None:
        _check(order=(order, get_args(Order)), which=(which, get_args(Which)))
        if most < 0:
            raise OptionsError(f"facts per entity: expected at least 0, found {most}")
        self._kg, self._order = kg, order
        self._most = 0 if which == "none" else most
        usable, weight, triple = np.asarray(kg.usable), np.asarray(kg.weight), np.asarray(kg.by_tail.triple)
        shuffled = which == "shuffled"
        generator = np.random.default_rng(seed)
        own = _shuffle(kg, kg.by_head, usable, generator) if shuffled else None
        self._sides = [_Side(kg.by_head, usable, weight, own)]
        if inverse:
            other = _shuffle(kg, kg.by_tail, usable[triple], generator) if shuffled else None
            self._sides.append(_Side(kg.by_tail, usable[triple], weight[triple], other))

    @property
    def reads_text(self) -> bool:
        """Whether the choice depends on the text that an entity is in."""
        return self._order == "context"

    def __call__(self, entities: Ids, words: Sequence[frozenset[str]]) -> Facts:
        """Facts of each entity; ``words`` are those of the text it is in (looked at for ``context`` only)."""
        first = self._most if self._order == "file" else None
        parts = [(side, *side.of(entities, first)) for side in self._sides]
        number = np.concatenate([part[1] for part in parts])
        relation = np.concatenate([side.relation(rows) for side, _, rows in parts])
        other = np.concatenate([side.other(rows) for side, _, rows in parts])
        inverse = np.repeat(np.arange(len(parts)) == 1, [len(part[1]) for part in parts])
        rank = self._rank(parts, number, other, words)
        order = np.lexsort((rank, number))
        offsets = offsets_of(np.bincount(number, minlength=len(entities)))
        order = order[np.arange(len(number)) - offsets[number[order]] < self._most]
        kept = offsets_of(np.bincount(number[order], minlength=len(entities)))
        return Facts(kept, relation[order], other[order], inverse[order])

    def _rank(
        self, parts: list[tuple[_Side, Ids, Ids]], number: Ids, other: Ids, words: Sequence[frozenset[str]]
    ) -> npt.NDArray[np.float64]:
        """Smaller is more wanted; ties stay as they are."""
        if self._order == "weight":
            return -np.concatenate([side.weight[rows] for side, _, rows in parts]).astype(np.float64)
        if self._order == "rare":
            return np.concatenate([side.sharing[rows] for side, _, rows in parts]).astype(np.float64)
        if self._order == "context":
            tails = self._kg.labels(other).to_pylist()
            shared = (len(_label_words(tail) & words[i]) for i, tail in zip(number.tolist(), tails, strict=True))
            return -np.fromiter(shared, dtype=np.float64, count=len(tails))
        return np.zeros(len(number))


def _check(**chosen: tuple[str, tuple[str, ...]]) -> None:
    for name, (value, known) in chosen.items():
        if value not in known:
            raise OptionsError(f"facts: {name} is one of {', '.join(known)}, not {value!r}")


def words_of(text: str) -> frozenset[str]:
    """The words of a text or label for comparing them; of a script without spaces, its characters."""
    spaced = "".join(f" {c} " if is_unspaced(c) else c if c.isalnum() else " " for c in text.casefold())
    return frozenset(spaced.split())


_label_words = lru_cache(2**16)(words_of)
"""Hubs show the same few labels again and again."""


def _shuffle(kg: KnowledgeGraph, rows: Direction, usable: npt.NDArray[np.bool_], generator: np.random.Generator) -> Ids:
    """A permutation of the usable rows that keeps the length of each in characters."""
    places = np.flatnonzero(usable)
    relation_length = np.fromiter(map(len, kg.relation_texts), dtype=np.int64, count=len(kg.relation_texts))
    length = (
        np.asarray(pc.utf8_length(kg.labels(np.asarray(rows.others)[places])))
        + relation_length[np.asarray(rows.relations)[places]]
    )
    mixed = generator.permutation(len(places))
    content = np.arange(len(usable))
    # Both sides sorted by length: the i-th place of a length gets the i-th of that length in mixed order.
    content[places[np.argsort(length, kind="stable")]] = places[mixed[np.argsort(length[mixed], kind="stable")]]
    return content
