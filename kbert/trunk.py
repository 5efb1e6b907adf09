"""The trunk: the pieces of one text or two between their special pieces, cut to length."""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch
from jaxtyping import Int
from torch import Tensor

from graphs.codepoints import Joined
from graphs.corpus import Column, texts_of
from graphs.errors import DataError
from graphs.tables import Ids, Ints, offsets_of, ranges
from kbert.backbone import Template
from kbert.cutting import Kept, Line, keep, share, spare
from kbert.layout import OPENING, Layout
from kbert.marks import Marks, place_marks
from kbert.pieces import PieceTable

SPECIAL = -1
"""The word of a piece that belongs to no token."""


@dataclass(frozen=True, eq=False)
class Trunk:
    """Trunks of many rows end to end; row ``i`` has the pieces ``offsets[i]:offsets[i + 1]``.

    ``word`` is the position of each piece's token in its row. ``first`` and ``count`` say for
    every token of every row where its pieces begin (in the whole) and how many were kept;
    ``whole`` where nothing of the token was cut off (nor, without markers, of what stands before it).
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
    spans_cut: int | None
    """Marked spans that lost words for want of room; None where nothing is marked."""

    @property
    def lost(self) -> dict[str, int]:
        """What had to go for want of room, by kind."""
        spans = {} if self.spans_cut is None else {"spans": self.spans_cut}
        return {"pieces": int(self.cut.sum()), "texts": int((self.cut > 0).sum()), **spans}


def lay_trunk(rows: pa.RecordBatch, table: PieceTable, template: Template, max_pieces: int) -> Trunk:
    """Lay out the texts of rows, at most ``max_pieces`` long with the special pieces.

    Of two texts that are too long together, the longer loses pieces from its end until they are
    equally long, then both do (as a tokenizer's ``longest_first`` has it). Special pieces always stay.
    The template's markers stand around the spans of their roles (see :func:`kbert.marks.place_marks`), and
    words far from a span go before the span does (see :func:`kbert.cutting.keep`).

    Raises :class:`DataError` for a row without a span to mark, and for one with more markers than room.
    """
    texts, first_text = texts_of(rows)
    tokens = Column(rows, "tokens")
    row = tokens.rows()
    pair = np.diff(first_text) == 2
    text = first_text[row] + tokens.numbers("text")
    words = _rows_of_tokens(texts, text, tokens.numbers("start"), tokens.numbers("end"), table)
    marks = place_marks(rows, [role for role, _ in template.markers], text, first_text)
    line = Line.of(text, table.lengths[words], marks)
    before, between, after = len(template.before), len(template.between) * pair, len(template.after)
    room = _room(line, first_text, max_pieces - before - between - after)
    _check_markers(rows, line, room, first_text)
    kept = keep(line, room)

    # What is kept of a text lies end to end behind the special pieces before it.
    lengths = line.sums(kept.pieces, len(texts))
    one, two = _by_row(lengths, first_text)
    offsets = offsets_of(before + one + between + two + after)
    second = offsets[:-1] + before + one + between  # where a second text starts in its row
    starts = np.empty(len(texts), dtype=np.int64)
    starts[first_text[:-1]] = offsets[:-1] + before
    starts[first_text[1:][pair] - 1] = second[pair]
    places = starts[line.text] + line.before(kept.pieces)
    first, count = places[line.tokens], kept.pieces[line.tokens]

    piece_ids = np.empty(offsets[-1], dtype=np.int32)
    word = np.full(offsets[-1], SPECIAL, dtype=np.int32)
    own = ranges(first, count)
    piece_ids[own] = table.ids[ranges(table.starts[words], count)]
    word[own] = np.repeat(np.arange(len(row)) - tokens.offsets[row], count)
    marked = places[line.marks]
    piece_ids[marked] = np.array([piece for _, piece in template.markers], dtype=np.int32)[marks.role]
    word[marked] = OPENING - marks.role - len(template.markers) * ~marks.opens
    _put(piece_ids, offsets[:-1], template.before)
    _put(piece_ids, (offsets[:-1] + before + one)[pair], template.between)
    _put(piece_ids, offsets[1:] - after, template.after)
    segments = np.zeros(offsets[-1], dtype=np.int8)
    segments[ranges(second[pair], offsets[1:][pair] - second[pair])] = template.second
    cut = (_by_row(line.sums(line.length, len(texts)) - lengths, first_text)).sum(0).astype(np.int32)
    spans_cut = _spans_cut(marks, kept) if template.markers else None
    whole = kept.whole[line.tokens]
    return Trunk(offsets, piece_ids, segments, word, tokens.offsets, first, count, whole, cut, spans_cut)


def _by_row(of_texts: Ids, first_text: Ids) -> Ids:
    """Numbers of texts as those of first and second texts, one each a row; 0 where there is no second."""
    pair = np.diff(first_text) == 2
    return np.stack((of_texts[first_text[:-1]], np.where(pair, of_texts[first_text[1:] - 1], 0)))


def _room(line: Line, first_text: Ids, room: Ids) -> Ids:
    """How many pieces each text may keep in the room that its row has."""
    texts = int(first_text[-1])
    lengths, needed = (_by_row(line.sums(some, texts), first_text) for some in (line.length, line.length * line.inside))
    one, two = share(lengths[0], lengths[1], room)
    one, two = spare(one, needed[0], two, needed[1])
    two, one = spare(two, needed[1], one, needed[0])
    found = np.empty(texts, dtype=np.int64)
    found[first_text[1:] - 1] = two
    found[first_text[:-1]] = one  # of a lone text, too
    return found


def _check_markers(rows: pa.RecordBatch, line: Line, room: Ids, first_text: Ids) -> None:
    """Raise :class:`DataError` for a text with more markers than it may keep pieces."""
    markers = np.bincount(line.text[line.marks], minlength=len(room))
    if (markers > room).any():
        text = int((markers > room).argmax())
        name = rows.column("id")[int(np.searchsorted(first_text, text, side="right")) - 1]
        raise DataError(f"text {name}", None, f"room for its {markers[text]} markers", f"{room[text]} pieces")


def _spans_cut(marks: Marks, kept: Kept) -> int:
    """Spans that lost words."""
    lost = np.cumsum(~kept.whole)
    begin, end = marks.spans()
    return int((lost[end] > lost[begin]).sum())


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


class Padded(TypedDict):
    """Texts padded to the longest of them."""

    piece_ids: Int[Tensor, "batch pieces"]
    segments: Int[Tensor, "batch pieces"]
    mask: Int[Tensor, "batch pieces"]
    """1 on pieces, 0 on padding."""
    word: Int[Tensor, "batch pieces"]
    words: list[int]
    """Number of words of each text."""


def pad_trunks(layout: Layout, which: npt.NDArray[np.integer], pad_id: int) -> Padded:
    """Some laid-out trunks as tensors."""
    word = layout.padded(which, "word", SPECIAL)
    lengths = torch.from_numpy(layout.lengths[which])
    return Padded(
        piece_ids=layout.padded(which, "piece_ids", pad_id),
        segments=layout.padded(which, "segments", 0),
        mask=(torch.arange(word.shape[1]) < lengths[:, None]).long(),
        word=word,
        words=layout.words[which].tolist(),
    )
