"""The table of pieces against the tokenizer that fills it."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbert import pieces
from kbert.pieces import PieceTable


def cut(words: Sequence[str]) -> list[list[int]]:
    """A piece for every two characters; ``_`` has none."""
    return [[ord(c) for c in word.replace("_", "")[::2]] for word in words]


class Counting:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, words: Sequence[str]) -> list[list[int]]:
        self.seen += words
        return cut(words)


WORDS = st.lists(st.text("ab北_", max_size=4), max_size=6)


@given(st.lists(WORDS, max_size=5))
def test_pieces_of_all_words_as_the_table_grows(batches: list[list[str]]) -> None:
    table = PieceTable(cut)
    for words in batches:
        rows = table.rows(words)
        assert table.lengths[rows].tolist() == [len(piece) for piece in cut(words)]
        assert table.gather(rows).tolist() == [i for piece in cut(words) for i in piece]


@given(st.lists(WORDS, max_size=4))
def test_rows_never_move_and_words_are_cut_once(batches: list[list[str]]) -> None:
    counting = Counting()
    table = PieceTable(counting)
    first = [table.rows(words).tolist() for words in batches]
    assert [table.rows(words).tolist() for words in batches] == first
    assert len(counting.seen) == len(set(counting.seen))


@given(st.text("ab北_𠀀", max_size=8))
def test_single_characters_are_words(text: str) -> None:
    table = PieceTable(cut)
    codes = np.array([ord(c) for c in text], dtype=np.uint32)
    assert table.rows_of_codes(codes).tolist() == table.rows(list(text)).tolist()
    assert table.rows_of_codes(codes).tolist() == table.rows(list(text)).tolist()


def test_the_table_starts_anew_past_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LIMIT", 2)
    counting = Counting()
    table = PieceTable(counting)
    table.rows(["a", "b"])
    table.trim()
    table.rows(["a"])
    assert counting.seen == ["a", "b"]
    table.rows_of_codes(np.array([ord("c")], dtype=np.uint32))
    table.trim()
    assert len(table.ids) == len(table.lengths) == 0
    rows = table.rows_of_codes(np.array([ord("c"), ord("a")], dtype=np.uint32))
    assert table.gather(rows).tolist() == [ord("c"), ord("a")]
    assert counting.seen[:3] == ["a", "b", "c"]
    assert sorted(counting.seen[3:]) == ["a", "c"]
