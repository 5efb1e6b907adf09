"""Which facts of an entity a text graph carries, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from graphs.codepoints import is_unspaced
from graphs.errors import OptionsError
from graphs.knowledge import Direction, KnowledgeGraph
from graphs.options import check_range
from graphs.tables import Ids, Ints, offsets_of, ranges

Order = Literal["file", "weight", "rare", "context"]
Which = Literal["own", "shuffled"]


class Facts(NamedTuple):
    """Facts of a list of entities: entity ``i`` has ``offsets[i]:offsets[i + 1]`` of each column.

    ``relation`` indexes the graph's relations, ``other`` is the id of the tail (of the head where
    ``inverse``). ``cut`` is how many more facts each entity has. ``unmoved`` tells, when facts are
    shuffled, which of them say what the entity's own fact at that place says.
    """

    offsets: Ids
    relation: Ints
    other: Ids
    inverse: npt.NDArray[np.bool_]
    cut: Ids
    unmoved: npt.NDArray[np.bool_] | None


@dataclass(frozen=True, eq=False)
class _Side:
    """The facts of all entities in one direction, as the memory maps of the graph.

    ``triple`` is the place of each row among the graph's triples (None: the same), and ``content``
    says whose relation and tail each row shows (None: its own).
    """

    kg: KnowledgeGraph
    rows: Direction
    triple: npt.NDArray[np.integer] | None = None
    content: Ids | None = None

    def of(self, entities: Ids, first: int | None) -> tuple[Ids, Ids, Ids]:
        """Number of the entity (in the list) and row of each usable fact, in file order; at least the ``first``.

        Also how many usable facts each entity has.
        """
        starts = self.rows.offsets[entities]
        counts = self.rows.offsets[entities + 1] - starts
        if self.kg.all_usable and not self.kg.may_repeat:
            taken = counts if first is None else np.minimum(counts, first)  # hubs have millions
            return np.repeat(np.arange(len(entities)), taken), ranges(starts, taken), counts
        rows, number = ranges(starts, counts), np.repeat(np.arange(len(entities)), counts)
        kept = self._usable(rows, number)
        return number[kept], rows[kept], np.bincount(number[kept], minlength=len(entities))

    def _usable(self, rows: Ids, entities: Ids) -> Ids:
        """Positions of the rows, each of the entity beside it, that a text may be given.

        Of facts that an entity has twice, in no split and in train, the first.
        """
        kept = np.flatnonzero(self.kg.are_usable(self.triples(rows)))
        if not self.kg.may_repeat:
            return kept
        columns = (self.rows.others[rows[kept]], self.rows.relations[rows[kept]], entities[kept])
        order = np.lexsort(columns)
        again = np.logical_and.reduce([np.diff(column[order]) == 0 for column in columns])
        return np.delete(kept, order[1:][again])

    def _all_usable(self) -> Ids:
        """All rows that a text may be given."""
        entities = np.repeat(np.arange(len(self.kg)), np.diff(self.rows.offsets)) if self.kg.may_repeat else _NONE
        return self._usable(np.arange(self.kg.triples), entities)

    def triples(self, rows: Ids) -> Ids:
        """The place of each row among the graph's triples."""
        return rows if self.triple is None else self.triple[rows].astype(np.int64)

    def relation(self, rows: Ids) -> Ints:
        return np.asarray(self.rows.relations[self._shown(rows)], dtype=np.int32)

    def other(self, rows: Ids) -> Ids:
        return np.asarray(self.rows.others[self._shown(rows)], dtype=np.int64)

    def unmoved(self, rows: Ids) -> npt.NDArray[np.bool_]:
        """Which rows show what is their own."""
        shown = self._shown(rows)
        relations, others = self.rows.relations, self.rows.others
        return np.asarray((relations[shown] == relations[rows]) & (others[shown] == others[rows]))

    def _shown(self, rows: Ids) -> Ids:
        return rows if self.content is None else self.content[rows]

    @cached_property
    def sharing(self) -> Ids:
        """For each row, how many usable rows show the same relation and other entity."""
        everything = np.arange(self.kg.triples)
        key = self.other(everything) * (int(self.rows.relations.max(initial=0)) + 1) + self.relation(everything)
        _, which = np.unique(key, return_inverse=True)
        return np.bincount(which[self._all_usable()], minlength=which.max(initial=0) + 1)[which].astype(np.int64)

    def shuffled(self, generator: np.random.Generator) -> "_Side":
        """The usable rows permuted, each for one of the same length in characters."""
        places = self._all_usable()
        texts = self.kg.relation_texts
        length = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))[self.relation(places)]
        length += np.asarray(pc.utf8_length(self.kg.labels(self.other(places))))
        mixed = generator.permutation(len(places))
        content = np.arange(self.kg.triples)
        # Both sides sorted by length: the i-th place of a length gets the i-th of that length in mixed order.
        content[places[np.argsort(length, kind="stable")]] = places[mixed[np.argsort(length[mixed], kind="stable")]]
        return replace(self, content=content)


class FactChooser:
    """Choose the facts of entities, the most wanted first.

    ``order``: ``file`` as the graph has them; ``weight`` the heaviest first; ``rare`` first what
    the fewest entities share; ``context`` first those whose tail shares most words with the text.
    Ties stay in file order, an entity's own facts before inverse ones. A fact that the graph has
    twice, in no split and in train, is one.
    With ``which="shuffled"`` facts are permuted at random over the whole graph among those of equal
    length in characters (relation and tail together), so that every entity keeps the number and the
    lengths of its facts but says what others say: the control of any claim that knowledge helps.
    Where others say the same, a fact still says what it said; ``Facts.unmoved`` tells of each.
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
        check_range("facts per entity", most, 0)
        self._kg, self._order = kg, order
        self._most = most
        sides = [_Side(kg, kg.by_head), *([_Side(kg, kg.by_tail, kg.by_tail.triple)] if inverse else [])]
        generator = np.random.default_rng(seed)
        self.shuffled = which == "shuffled"
        self._sides = [side.shuffled(generator) for side in sides] if self.shuffled else sides

    @property
    def reads_text(self) -> bool:
        """Whether the choice depends on the text that an entity is in."""
        return self._order == "context"

    def __call__(self, entities: Ids, words: Sequence[frozenset[str]]) -> Facts:
        """Facts of each entity; ``words`` are those of the text it is in (looked at for ``context`` only)."""
        first = self._most if self._order == "file" else None
        found = [(side, *side.of(entities, first)) for side in self._sides]
        parts = [(side, number, rows) for side, number, rows, _ in found]
        number = np.concatenate([part[1] for part in parts])
        relation = np.concatenate([side.relation(rows) for side, _, rows in parts])
        other = np.concatenate([side.other(rows) for side, _, rows in parts])
        inverse = np.repeat(np.arange(len(parts)) == 1, [len(part[1]) for part in parts])
        rank = self._rank(parts, number, other, words)
        order = np.lexsort((rank, number))
        offsets = offsets_of(np.bincount(number, minlength=len(entities)))
        order = order[np.arange(len(number)) - offsets[number[order]] < self._most]
        kept = np.bincount(number[order], minlength=len(entities))
        cut = np.sum([counts for *_, counts in found], axis=0) - kept
        unmoved = np.concatenate([side.unmoved(rows) for side, _, rows in parts])[order] if self.shuffled else None
        return Facts(offsets_of(kept), relation[order], other[order], inverse[order], cut, unmoved)

    def _rank(
        self, parts: list[tuple[_Side, Ids, Ids]], number: Ids, other: Ids, words: Sequence[frozenset[str]]
    ) -> npt.NDArray[np.float64]:
        """Smaller is more wanted; ties stay as they are."""
        if self._order == "weight":
            weights = [self._kg.weight[side.triples(rows)] for side, _, rows in parts]
            return -np.concatenate(weights).astype(np.float64)
        if self._order == "rare":
            return np.concatenate([side.sharing[rows] for side, _, rows in parts]).astype(np.float64)
        if self._order == "context":
            tails = self._kg.labels(other).to_pylist()
            shared = (len(_label_words(tail) & words[i]) for i, tail in zip(number.tolist(), tails, strict=True))
            return -np.fromiter(shared, dtype=np.float64, count=len(tails))
        return np.zeros(len(number))


_NONE = np.empty(0, dtype=np.int64)


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
