"""Sentence trees laid flat: facts as branches of the text, with soft positions (Liu et al. 2020, section 3.3)."""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.corpus import Column
from graphs.errors import DataError
from graphs.tables import Ids, Ints, offsets_of, ranges
from kbert.backbone import Template
from kbert.layout import Columns, Layout
from kbert.mentions import linked_mentions
from kbert.pieces import Cut, PieceTable
from kbert.trunk import SPECIAL, Trunk, lay_trunk

BranchText = Literal["relation tail", "tail"]


class _Mentions(NamedTuple):
    """Linked mentions of all rows: their row, their entity, and their pieces in the trunk."""

    row: Ints
    entity: Ids
    first: Ids
    last: Ids


class _Branches(NamedTuple):
    """Branches of all rows in flat order: the mention each grows from, its rank there, its two phrases, its length."""

    mention: Ids
    rank: Ids
    relation: Ints
    tail: Ints
    length: Ids

    def where(self, kept: npt.NDArray[np.bool_]) -> "_Branches":
        """Some of them."""
        return _Branches(self.mention[kept], self.rank[kept], self.relation[kept], self.tail[kept], self.length[kept])


class TreeLayout:
    """Lay sentence trees flat, in time and memory proportional to their length.

    When a tree is longer than ``max_pieces`` whole branches go: those past ``max_positions``, then
    those of the highest rank at their mention, of equal ones the last in the text; then the text
    loses pieces from its end, and with them the branches of mentions that lose one. What went is
    counted (``branches``, ``pieces``, ``texts``), and so is what grew (``grown`` branches on
    ``texts_linked`` texts).
    """

    def __init__(
        self,
        cut: Cut,
        template: Template,
        *,
        max_positions: int,
        max_pieces: int,
        max_facts: int,
        branch_text: BranchText,
    ) -> None:
        self._table, self._template = PieceTable(cut), template
        self._max_positions, self._max_pieces = max_positions, max_pieces
        self._max_facts, self._branch_text = max_facts, branch_text

    def __call__(self, rows: pa.RecordBatch) -> Layout:
        """Columns ``piece_ids``, ``positions``, ``segments``, ``word``, ``branch`` and ``mention`` of each tree.

        Raises :class:`DataError` for a mention that does not lie on whole tokens, or whose entity
        the row does not hold.
        """
        self._table.trim()
        trunk = lay_trunk(rows, self._table, self._template, min(self._max_pieces, self._max_positions))
        mentions, homeless = _mentions(rows, trunk)
        grown = self._grow(rows, mentions.entity)
        kept = grown.where(self._fits(trunk, mentions, grown))
        words = np.diff(trunk.token_offsets)
        cut = {
            **trunk.lost,
            "branches": len(grown.length) - len(kept.length) + len(self._grow(rows, homeless).length),
            "grown": len(kept.length),
            "texts_linked": len(np.unique(mentions.row[kept.mention])),
        }
        offsets, columns = self._flatten(trunk, mentions, kept)
        return Layout(offsets, columns, words, cut)

    def _grow(self, rows: pa.RecordBatch, entity: Ids) -> _Branches:
        """Branches for the first facts of each mention's entity."""
        facts, entities = Column(rows, "facts"), Column(rows, "entities")
        owner = entities.offsets[facts.rows()] + facts.numbers("entity")
        order = np.argsort(owner, kind="stable")
        starts = offsets_of(np.bincount(owner, minlength=int(entities.offsets[-1])))
        count = np.minimum(np.diff(starts)[entity], self._max_facts)
        fact = order[ranges(starts[entity], count)]
        mention = np.repeat(np.arange(len(count)), count)
        rank = ranges(np.zeros(len(count), dtype=np.int64), count)
        tail = self._phrases(facts.strings("tail_text"), fact)
        if self._branch_text == "tail":
            relation = np.full(len(fact), -1, dtype=np.int32)
            length = self._table.lengths[tail]
        else:
            relation = self._phrases(facts.strings("relation_text"), fact)
            length = self._table.lengths[relation] + self._table.lengths[tail]
        return _Branches(mention, rank, relation, tail, length).where(length > 0)

    def _phrases(self, texts: pa.StringArray, which: Ids) -> Ints:
        """Rows of phrases in the table of pieces; each distinct phrase is looked up once."""
        coded = texts.take(pa.array(which)).dictionary_encode()
        rows: Ints = self._table.rows(coded.dictionary.to_pylist())[np.asarray(coded.indices)]
        return rows

    def _fits(self, trunk: Trunk, mentions: _Mentions, branches: _Branches) -> npt.NDArray[np.bool_]:
        """Which branches there is room for."""
        row = mentions.row[branches.mention]
        last = mentions.last[branches.mention]
        position = last - trunk.offsets[row] + branches.length
        possible = position < self._max_positions
        needed = np.where(possible, branches.length, 0)
        room = self._max_pieces - np.diff(trunk.offsets)
        if (np.bincount(row, weights=needed, minlength=len(room)) <= room).all():
            return possible
        order = np.lexsort((np.arange(len(row)), branches.rank, row))
        used = np.cumsum(needed[order])
        start = np.concatenate(([0], used))[np.searchsorted(row[order], np.arange(len(room)))]
        fits = np.empty(len(row), dtype=bool)
        fits[order] = used - start[row[order]] <= room[row[order]]
        return fits & possible

    def _flatten(self, trunk: Trunk, mentions: _Mentions, branches: _Branches) -> tuple[Ids, Columns]:
        """Put branches behind their mentions: mention, branch 1, branch 2, then the next trunk piece."""
        total, rows = len(trunk.piece_ids), len(trunk.offsets) - 1
        row = np.repeat(np.arange(rows), np.diff(trunk.offsets))
        soft = (np.arange(total) - trunk.offsets[row]).astype(np.int32)
        after = mentions.last[branches.mention]
        grown = np.bincount(after + 1, weights=branches.length, minlength=total + 1).astype(np.int64)
        shift = np.cumsum(grown)  # what is inserted before each trunk piece, and before the end
        place = np.arange(total) + shift[:-1]

        # A branch starts behind its mention and its elder siblings.
        before = np.cumsum(branches.length) - branches.length
        siblings = before - before[_first_of_run(branches.mention)]
        inserted = ranges(place[after] + 1 + siblings, branches.length)

        mention_number = _numbers(mentions.row, rows)
        of_branch: Columns = {
            "piece_ids": self._branch_pieces(branches),
            "positions": ranges(soft[after] + 1, branches.length),
            "segments": np.repeat(trunk.segments[after], branches.length),
            "word": np.full(len(inserted), SPECIAL),
            "branch": np.repeat(_numbers(mentions.row[branches.mention], rows), branches.length),
            "mention": np.repeat(mention_number[branches.mention], branches.length),
        }
        of_trunk: Columns = {
            "piece_ids": trunk.piece_ids,
            "positions": soft,
            "segments": trunk.segments,
            "word": trunk.word,
            "branch": np.zeros(total, np.int32),
            "mention": np.where(trunk.word >= 0, _mention_of_pieces(mentions, mention_number, total), 0),
        }
        columns: Columns = {}
        for name, own in of_trunk.items():
            column = np.empty(total + len(inserted), dtype=own.dtype)
            column[place], column[inserted] = own, of_branch[name]
            columns[name] = column
        return trunk.offsets + shift[trunk.offsets], columns

    def _branch_pieces(self, branches: _Branches) -> Ints:
        if self._branch_text == "tail":
            return self._table.gather(branches.tail)
        return self._table.gather(np.stack((branches.relation, branches.tail), axis=1).ravel())


def _mention_of_pieces(mentions: _Mentions, number: Ints, total: int) -> Ints:
    """For each trunk piece the number of the mention it belongs to; 0 for none."""
    lengths = mentions.last - mentions.first + 1
    column = np.zeros(total, dtype=np.int32)
    column[ranges(mentions.first, lengths)] = np.repeat(number, lengths)
    return column


def _mentions(rows: pa.RecordBatch, trunk: Trunk) -> tuple[_Mentions, Ids]:
    """Linked mentions whose pieces are all in the trunk, and the entities of the others."""
    linked = linked_mentions(rows)
    entity = _entity_positions(rows, linked.row, linked.entity)
    first, last = linked.first, linked.last
    own = np.maximum.accumulate(np.where(trunk.word >= 0, np.arange(len(trunk.word)), -1))  # the last piece of a word
    first_piece, behind = trunk.first[first], trunk.first[last] + trunk.count[last]
    last_piece = np.concatenate(([-1], own))[behind]
    lost = np.concatenate(([0], np.cumsum(~trunk.whole)))
    whole = (lost[last + 1] == lost[first]) & (last_piece >= first_piece)
    return _Mentions(linked.row[whole], entity[whole], first_piece[whole], last_piece[whole]), entity[~whole]


def _entity_positions(rows: pa.RecordBatch, row: Ints, names: pa.StringArray) -> Ids:
    """Where in the flat list of all rows' entities each mention's entity stands."""
    entities = Column(rows, "entities")
    coded = pa.concat_arrays([entities.strings("name"), names]).dictionary_encode()
    of_entity, of_mention = np.split(np.asarray(coded.indices).astype(np.int64), [len(coded) - len(names)])
    width = len(coded.dictionary)
    key = entities.rows().astype(np.int64) * width + of_entity
    wanted = row.astype(np.int64) * width + of_mention
    order = np.argsort(key, kind="stable")
    place = np.searchsorted(key[order], wanted)
    strange = np.append(key[order], -1)[place] != wanted
    if strange.any():
        i = int(strange.argmax())
        expected = "the entities of its mentions among its entities"
        raise DataError(f"text {rows.column('id')[int(row[i])]}", None, expected, f"none named {names[i]}")
    return order[place]


def _first_of_run(values: Ids) -> Ids:
    """For each element of a sorted array, the place where its value begins."""
    places: Ids = np.searchsorted(values, values)
    return places


def _numbers(row: Ints, rows: int) -> Ints:
    """Count the elements of each row from 1; ``row`` is sorted."""
    starts = np.searchsorted(row, np.arange(rows))
    return (np.arange(len(row)) - starts[row] + 1).astype(np.int32)
