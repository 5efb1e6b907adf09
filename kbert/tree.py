"""Sentence trees laid flat: facts as branches of the text, with soft positions (Liu et al. 2020, section 3.3)."""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.corpus import Column
from graphs.tables import Ids, Ints, offsets_of, ranges
from kbert.backbone import Template
from kbert.layout import Layout
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
        return _Branches(*(column[kept] for column in self))


class TreeLayout:
    """Lay sentence trees flat, in time and memory proportional to their length.

    When a tree is longer than ``max_pieces`` whole branches go: those past ``max_positions``, then
    those of the highest rank at their mention, of equal ones the last in the text; then the text
    loses pieces from its end. What went is counted.
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
        """Columns ``piece_ids``, ``positions``, ``segments``, ``word``, ``branch`` and ``mention`` of each tree."""
        self._table.trim()
        trunk = lay_trunk(rows, self._table, self._template, min(self._max_pieces, self._max_positions))
        mentions = _mentions(rows, trunk)
        grown = self._grow(rows, mentions)
        kept = grown.where(self._fits(trunk, mentions, grown))
        words = np.diff(trunk.token_offsets)
        cut = {
            "pieces": int(trunk.cut.sum()),
            "texts": int((trunk.cut > 0).sum()),
            "branches": len(grown.length) - len(kept.length),
        }
        offsets, columns = self._flatten(trunk, mentions, kept)
        return Layout(offsets, columns, words, cut | {"grown": len(kept.length)})

    def _grow(self, rows: pa.RecordBatch, mentions: _Mentions) -> _Branches:
        """Branches for the first facts of each mention's entity."""
        facts, entities = Column(rows, "facts"), Column(rows, "entities")
        owner = entities.offsets[facts.rows()] + facts.numbers("entity")
        order = np.argsort(owner, kind="stable")
        starts = offsets_of(np.bincount(owner, minlength=int(entities.offsets[-1])))
        count = np.minimum(np.diff(starts)[mentions.entity], self._max_facts)
        fact = order[ranges(starts[mentions.entity], count)]
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
        return self._table.rows(coded.dictionary.to_pylist())[np.asarray(coded.indices)]

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

    def _flatten(
        self, trunk: Trunk, mentions: _Mentions, branches: _Branches
    ) -> tuple[Ids, dict[str, npt.NDArray[np.integer]]]:
        """Put branches behind their mentions: mention, branch 1, branch 2, then the next trunk piece."""
        total = len(trunk.piece_ids)
        after = mentions.last[branches.mention]
        grown = np.bincount(after + 1, weights=branches.length, minlength=total + 1).astype(np.int64)
        shift = np.cumsum(grown)  # what is inserted before each trunk piece
        offsets = trunk.offsets + shift[trunk.offsets] if total else trunk.offsets
        place = np.arange(total) + shift[:-1]
        row = np.repeat(np.arange(len(trunk.offsets) - 1), np.diff(trunk.offsets))
        soft = np.arange(total) - trunk.offsets[row]

        # A branch starts behind its mention and its elder siblings.
        before = np.cumsum(branches.length) - branches.length
        siblings = before - before[_first_of_run(branches.mention)]
        start = place[after] + 1 + siblings
        inserted = ranges(start, branches.length)
        number = np.arange(len(after)) - _starts(mentions.row[branches.mention], len(offsets) - 1) + 1
        mention_number = np.arange(len(mentions.row)) - _starts(mentions.row, len(offsets) - 1) + 1

        size = int(offsets[-1])
        piece_ids, positions = np.empty(size, np.int32), np.empty(size, np.int32)
        segments, word = np.empty(size, np.int8), np.full(size, SPECIAL, np.int32)
        branch, mention = np.zeros(size, np.int32), np.zeros(size, np.int32)
        piece_ids[place], positions[place], segments[place], word[place] = (
            trunk.piece_ids,
            soft,
            trunk.segments,
            trunk.word,
        )
        grows = np.zeros(len(mentions.row), dtype=bool)
        grows[branches.mention] = True
        spans = np.where(grows, mentions.last - mentions.first + 1, 0)
        mention[place[ranges(mentions.first, spans)]] = np.repeat(mention_number, spans)
        piece_ids[inserted] = self._branch_pieces(branches)
        positions[inserted] = ranges(soft[after] + 1, branches.length)
        segments[inserted] = np.repeat(trunk.segments[after], branches.length)
        branch[inserted] = np.repeat(number, branches.length)
        mention[inserted] = np.repeat(mention_number[branches.mention], branches.length)
        columns = {"piece_ids": piece_ids, "positions": positions, "segments": segments, "word": word}
        return offsets, columns | {"branch": branch, "mention": mention}

    def _branch_pieces(self, branches: _Branches) -> Ints:
        if self._branch_text == "tail":
            return self._table.gather(branches.tail)
        return self._table.gather(np.stack((branches.relation, branches.tail), axis=1).ravel())


def _mentions(rows: pa.RecordBatch, trunk: Trunk) -> _Mentions:
    """Linked mentions whose pieces are all in the trunk."""
    mentions, tokens, entities = Column(rows, "mentions"), Column(rows, "tokens"), Column(rows, "entities")
    linked = np.asarray(mentions.strings("entity").is_valid())
    row = mentions.rows()[linked]
    entity = _entity_positions(row, mentions.strings("entity").filter(pa.array(linked)), entities)
    first, last = _covered(row, mentions, linked, tokens)
    first_piece, last_piece = trunk.first[first], trunk.first[last] + trunk.count[last] - 1
    whole = trunk.whole[last] & (last_piece >= first_piece)
    return _Mentions(row[whole], entity[whole], first_piece[whole], last_piece[whole])


def _covered(row: Ints, mentions: Column, linked: npt.NDArray[np.bool_], tokens: Column) -> tuple[Ids, Ids]:
    """First and last token of each mention; mentions lie on whole tokens."""
    token_row = tokens.rows().astype(np.int64)
    width = int(max(tokens.numbers("end").max(initial=0), mentions.numbers("end").max(initial=0))) + 1
    key = (token_row * 2 + tokens.numbers("text")) * width
    own = (row.astype(np.int64) * 2 + mentions.numbers("text")[linked]) * width
    first = np.searchsorted(key + tokens.numbers("start"), own + mentions.numbers("start")[linked])
    last = np.searchsorted(key + tokens.numbers("end"), own + mentions.numbers("end")[linked])
    return first, last


def _entity_positions(row: Ints, names: pa.StringArray, entities: Column) -> Ids:
    """Where in the flat list of all rows' entities each mention's entity stands."""
    own = entities.strings("name")
    coded = np.asarray(pa.concat_arrays([own, names]).dictionary_encode().indices).astype(np.int64)
    of_entity, of_mention = coded[: len(own)], coded[len(own) :]
    width = int(coded.max(initial=0)) + 1
    key = entities.rows().astype(np.int64) * width + of_entity
    order = np.argsort(key, kind="stable")
    return order[np.searchsorted(key[order], row.astype(np.int64) * width + of_mention)]


def _first_of_run(values: Ids) -> Ids:
    """For each element of a sorted array, the place where its value begins."""
    return np.searchsorted(values, values)


def _starts(row: npt.NDArray[np.integer], rows: int) -> Ids:
    """For each element, the place of the first of its row."""
    return np.searchsorted(row, np.arange(rows))[row]
