"""What stays of a text that is too long: against a program that takes one word after another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbert.cutting import Kept, Line, keep, share, spare
from kbert.marks import Marks

NONE = np.empty(0, dtype=np.int64)
Text = tuple[list[int], list[tuple[int, int]]]
"""Pieces of each word, and spans as first and last word; they neither cross nor hold one another."""


@st.composite
def texts(draw: st.DrawFn) -> Text:
    lengths = draw(st.lists(st.integers(0, 3), min_size=1, max_size=8))
    bounds = sorted(draw(st.sets(st.integers(0, len(lengths)), max_size=4)))
    return lengths, [(start, end - 1) for start, end in zip(bounds[::2], bounds[1::2], strict=False)]


def line_of(some: list[Text]) -> Line:
    rows, first = [], 0
    for text, (lengths, spans) in enumerate(some):
        for start, last in spans:
            rows += [(text, first + start, len(rows) // 2, True), (text, first + last + 1, len(rows) // 2, False)]
        first += len(lengths)
    columns = zip(*rows, strict=True) if rows else [[]] * 4
    text, before, span, opens = (np.array(list(column), dtype=np.int64) for column in columns)
    of_tokens = np.repeat(np.arange(len(some)), [len(lengths) for lengths, _ in some])
    length = np.array([length for lengths, _ in some for length in lengths], dtype=np.int64)
    return Line.of(of_tokens, length, Marks(text, before, 0 * span, span, opens.astype(bool)))


def items(text: Text) -> list[tuple[str, int]]:
    """Kind and length of each token and marker: m, i (in a span) or o (outside)."""
    lengths, spans = text
    found = []
    for i, length in enumerate(lengths):
        found += [("m", 1) for start, _ in spans if start == i]
        found.append(("i" if any(start <= i <= last for start, last in spans) else "o", length))
        found += [("m", 1) for _, last in spans if last == i]
    return found


def kept_of(text: Text, room: int) -> list[int]:
    """Pieces kept of each, by the rule, naively."""
    found = items(text)
    ends = np.cumsum([length for _, length in found]).tolist()
    if all(end <= room for (kind, _), end in zip(found, ends, strict=True) if kind != "o"):
        return [max(0, min(length, room - end + length)) for (_, length), end in zip(found, ends, strict=True)]
    inside = [i for i, (kind, _) in enumerate(found) if kind != "o"]

    def rank(i: int) -> tuple[int, int, int]:
        distance = min(sum(length for _, length in found[min(i, j) + 1 : max(i, j)]) for j in inside)
        return "mio".index(found[i][0]), distance if found[i][0] == "o" else 0, i

    kept, used = [0] * len(found), 0
    for i in sorted(range(len(found)), key=rank):
        used += found[i][1]
        if used > room:
            break
        kept[i] = found[i][1]
    return kept


@given(st.lists(st.tuples(texts(), st.integers(0, 12)), min_size=1, max_size=4))
def test_a_program_that_takes_one_word_after_another(some: list[tuple[Text, int]]) -> None:
    line = line_of([text for text, _ in some])
    kept = keep(line, np.array([room for _, room in some]))
    assert kept.pieces.tolist() == [pieces for text, room in some for pieces in kept_of(text, room)]
    for text, (_, room) in enumerate(some):
        assert kept.pieces[line.text == text].sum() <= room


@given(st.lists(st.tuples(texts(), st.integers(0, 12)), min_size=1, max_size=3))
def test_what_is_whole_lost_nothing(some: list[tuple[Text, int]]) -> None:
    line = line_of([text for text, _ in some])
    kept: Kept = keep(line, np.array([room for _, room in some]))
    assert (kept.pieces[kept.whole] == line.length[kept.whole]).all()
    assert (kept.pieces[~kept.whole] <= line.length[~kept.whole]).all()


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        (([1] * 8, [(1, 1)]), 6, [1, 1, 1, 1, 1, 1, 0, 0, 0, 0]),  # the end goes, as without markers
        (([1] * 8, [(6, 6)]), 6, [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
        (([1] * 8, [(4, 4)]), 5, [0, 0, 0, 1, 1, 1, 1, 1, 0, 0]),  # both sides of a span
        (([2] * 8, [(4, 4)]), 7, [0, 0, 0, 2, 1, 2, 1, 0, 0, 0]),  # whole words, the left of two as near
        (([1] * 8, [(0, 0), (7, 7)]), 8, [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1]),  # the middle goes
        (([1] * 4, [(0, 3)]), 4, [1, 1, 1, 0, 0, 1]),  # at last the span itself
    ],
)
def test_examples(text: Text, room: int, expected: list[int]) -> None:
    assert keep(line_of([text]), np.array([room])).pieces.tolist() == expected


def test_without_markers_the_end_goes() -> None:
    line = Line.of(np.array([0, 0, 1, 1]), np.array([2, 3, 1, 4]), Marks(NONE, NONE, NONE, NONE, NONE.astype(bool)))
    kept = keep(line, np.array([4, 9]))
    assert kept.pieces.tolist() == [2, 2, 1, 4]
    assert kept.whole.tolist() == [True, False, True, True]
    assert keep(Line.of(NONE, NONE, Marks(NONE, NONE, NONE, NONE, NONE.astype(bool))), NONE).pieces.tolist() == []


@given(st.integers(0, 9), st.integers(0, 9), st.integers(-2, 12))
def test_the_longer_of_two_texts_loses_first(one: int, two: int, room: int) -> None:
    kept = [int(some[0]) for some in share(np.array([one]), np.array([two]), np.array([room]))]
    first, second = one, two
    while first + second > max(room, 0):
        first, second = (first - 1, second) if first >= second else (first, second - 1)
    assert sum(kept) == first + second
    assert sorted(kept) == sorted((first, second))


@pytest.mark.parametrize(
    ("kept", "needed", "expected"),
    [((3, 3), (5, 0), (5, 1)), ((3, 3), (5, 2), (4, 2)), ((3, 3), (5, 5), (3, 3)), ((3, 3), (2, 0), (3, 3))],
)
def test_a_text_gives_what_it_does_not_need(
    kept: tuple[int, int], needed: tuple[int, int], expected: tuple[int, int]
) -> None:
    one, two, need_one, need_two = (np.array([number]) for number in (*kept, *needed))
    assert tuple(int(some[0]) for some in spare(one, need_one, two, need_two)) == expected
