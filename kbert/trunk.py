"""The trunk: the pieces of one text or two between their special pieces, cut to length."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.codepoints import Joined
from graphs.corpus import Column, texts_of
from graphs.tables import Ids, Ints, offsets_of, ranges
from kbert.backbone import Template
from kbert.pieces import PieceTable

SPECIAL = -1
"""The word of a piece that belongs to no token."""


@dataclass(frozen=True, eq=False)
class Trunk:
    """Trunks of many rows end to end; row ``i`` has the pieces ``offsets[i]:offsets[i + 1]``.

    ``word`` is the position of each piece's token in its row. ``first`` and ``count`` say for
    every token of every row where its pieces begin (in the whole) and how many were kept;
    ``whole`` where nothing was cut off up to its end.
    """

    offsets: Ids
    piece_ids: Ints
    segments: npt.NDArray[np.int8]
    word: Ints
    token_offsets: Ids
    first: Ids
    count: Ids
    whole: npt.NDArray[np.bool_]
    cut: Ints
    """Pieces cut off each row for want of room."""


def lay_trunk(rows: pa.RecordBatch, table: PieceTable, template: Template, max_pieces: int) -> Trunk:
    """Lay out the texts of rows, at most ``max_pieces`` long with the special pieces.

    Of two texts that are too long together, the longer loses pieces from its end until they are
    equally long, then both do (as a tokenizer's ``longest_first`` has it). Special pieces always stay.
    """
    texts, first_text = texts_of(rows)
    tokens = Column(rows, "tokens")
    row = tokens.rows()
    pair = np.diff(first_text) == 2
    text = first_text[row] + tokens.numbers("text")
    words = _rows_of_tokens(texts, text, tokens.numbers("start"), tokens.numbers("end"), table)
    length = table.lengths[words]
    before, between, after = len(template.before), len(template.between) * pair, len(template.after)
    lengths = np.bincount(text, weights=length, minlength=len(texts)).astype(np.int64)
    one, two = lengths[first_text[:-1]], np.where(pair, lengths[first_text[1:] - 1], 0)
    kept_one, kept_two = _shorten(one, two, max_pieces - before - between - after)
    offsets = offsets_of(before + kept_one + between + kept_two + after)
    second = before + kept_one + between  # where a second text starts in its row

    # Pieces of a token lie at ``at`` in their own text and are kept while below what that text may keep.
    ends = np.cumsum(length)
    text_starts = np.concatenate(([0], ends))[np.searchsorted(text, np.arange(len(texts)))]
    at = ends - length - text_starts[text]
    is_second = text > first_text[row]
    allowed = np.where(is_second, kept_two[row], kept_one[row])
    count = np.clip(allowed - at, 0, length)
    first = offsets[row] + np.where(is_second, second[row], before) + at

    piece_ids = np.empty(offsets[-1], dtype=np.int32)
    word = np.full(offsets[-1], SPECIAL, dtype=np.int32)
    places = ranges(first, count)
    piece_ids[places] = table.ids[ranges(table.starts[words], count)]
    word[places] = np.repeat(np.arange(len(row)) - tokens.offsets[row], count)
    _put(piece_ids, offsets[:-1], template.before)
    _put(piece_ids, (offsets[:-1] + before + kept_one)[pair], template.between)
    _put(piece_ids, offsets[1:] - after, template.after)
    segments = np.zeros(offsets[-1], dtype=np.int8)
    start = (offsets[:-1] + second)[pair]
    segments[ranges(start, offsets[1:][pair] - start)] = template.second
    cut = (one + two - kept_one - kept_two).astype(np.int32)
    return Trunk(offsets, piece_ids, segments, word, tokens.offsets, first, count, at + length <= allowed, cut)


def _put(piece_ids: Ints, starts: Ids, special: list[int]) -> None:
    """Write the same special pieces at every start."""
    piece_ids[starts[:, None] + np.arange(len(special))] = special


def _rows_of_tokens(texts: list[str], text: Ids, start: Ints, end: Ints, table: PieceTable) -> Ints:
    """Rows of all tokens in the table of pieces; tokens of one character take the quick way."""
    joined = Joined.of(texts)
    words = np.empty(len(text), dtype=np.int32)
    single = end - start == 1
    words[single] = table.rows_of_codes(joined.codes[(joined.offsets[text] + start)[single]])
    longer = ~single
    spans = zip(text[longer].tolist(), start[longer].tolist(), end[longer].tolist(), strict=True)
    words[longer] = table.rows([texts[i][a:b] for i, a, b in spans])
    return words


def _shorten(one: Ids, two: Ids, room: Ids) -> tuple[Ids, Ids]:
    """How many pieces two texts keep in a room for both; an odd piece goes to the longer, of equal ones the second."""
    room, one_is_longer = np.maximum(room, 0), one > two
    shorter = np.minimum(np.minimum(one, two), room // 2)
    longer = np.minimum(np.maximum(one, two), room - shorter)
    return np.where(one_is_longer, longer, shorter), np.where(one_is_longer, shorter, longer)
