"""Overlap of training texts with held-out ones, against a plain search."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.overlap import Overlap

PIECES = st.lists(st.sampled_from(["a", "b", "ab", "A", "我", "我我", "爱a", "！"]), max_size=5)
WORDS = PIECES.map(" ".join) | PIECES.map("".join)


def words_of(text: str) -> list[str]:
    """Each of the Chinese characters, and what else stands between them and white space."""
    return re.findall(r"[我爱]|[^我爱\s]+", text.casefold())


def contains(outer: str, inner: str) -> bool:
    outer_words, inner_words = words_of(outer), words_of(inner)
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


@pytest.mark.parametrize(
    ("held_out", "text", "expected"),
    [
        ("我爱北京。天气好", "我爱北京。", True),
        ("我爱北京", "我爱北京，真的", True),
        ("我爱 北京", "他说我爱北京", True),
        ("我爱北京", "我爱南京", False),
        ("ラーメン", "ラーメンは好きだ", True),
        ("用Visual写", "Studio用visual写3天", True),
        ("用Visual", "用VisualStudio", False),
    ],
)
def test_overlap_in_scripts_without_spaces(held_out, text, expected):
    assert Overlap([held_out])(text) is expected
    assert Overlap([text])(held_out) is expected


def test_the_rarest_word_decides_where_is_looked():
    overlap = Overlap([f"the film {i}" for i in range(50)] + ["film the 7"])
    assert overlap("film 7")
    assert overlap("the 7")
    assert not overlap("7 film")
    assert not overlap("the film of 7")
