"""Overlap of training texts with held-out ones, against a plain search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.overlap import Overlap

WORDS = st.lists(st.sampled_from(["a", "b", "ab", "A"]), max_size=5).map(" ".join)


def contains(outer: str, inner: str) -> bool:
    outer_words, inner_words = outer.casefold().split(), inner.casefold().split()
    last = len(outer_words) - len(inner_words)
    return bool(inner_words) and any(outer_words[i : i + len(inner_words)] == inner_words for i in range(last + 1))


@given(st.lists(WORDS, max_size=4), WORDS)
def test_overlap_is_containment_of_whole_words_either_way(held_out, text):
    expected = any(contains(other, text) or contains(text, other) for other in held_out)
    assert Overlap(held_out)(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("A  good\tfilm", True), ("a good fil", False), ("see: a good film !", True)]
)
def test_overlap_minds_neither_case_nor_white_space(text, expected):
    assert Overlap(["a GOOD film"])(text) is expected


def test_the_rarest_word_decides_where_is_looked():
    overlap = Overlap([f"the film {i}" for i in range(50)] + ["film the 7"])
    assert overlap("film 7")
    assert overlap("the 7")
    assert not overlap("7 film")
    assert not overlap("the film of 7")
