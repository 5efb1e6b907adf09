"""Texts that come as words: spans of words are where their characters are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.corpora._objects import decoded
from graphs.corpora._words import Words
from graphs.errors import DataError

ITEM = decoded("a.jsonl", 2, "{}")
LATIN = st.text("ab,.", min_size=1, max_size=4)
WORDS = st.lists(LATIN | st.sampled_from(["", " ", "\u00a0"]), min_size=1, max_size=8).filter(
    lambda words: any(word.strip() for word in words)
)


@given(WORDS)
def test_each_word_has_its_place(words: list[str]) -> None:
    joined = Words.of(ITEM, words)
    assert [joined.text[place.start : place.end] for place in joined.places] == words
    assert [joined.text[token.start : token.end] for token in joined.tokens] == [w for w in words if w.strip()]


@given(WORDS, st.data())
def test_a_span_holds_its_words(words: list[str], data: st.DataObject) -> None:
    joined = Words.of(ITEM, words)
    first = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(first + 1, len(words)))
    inside = [word for word in words[first:end] if word.strip()]
    if not inside:
        with pytest.raises(DataError, match="expected a span of words that are not blank"):
            joined.span(ITEM, first, end)
        return
    start, stop = joined.span(ITEM, first, end)
    assert joined.text[start:stop].split() == inside


def test_no_spaces_between_characters_of_chinese() -> None:
    joined = Words.of(ITEM, ["北京", "在", "中国"])
    assert (joined.text, joined.span(ITEM, 1, 3)) == ("北京在中国", (2, 5))


@pytest.mark.parametrize("words", [[], ["", " "]])
def test_no_words(words: list[str]) -> None:
    with pytest.raises(DataError, match=r"a\.jsonl:2: expected words that are not blank"):
        Words.of(ITEM, words)


@pytest.mark.parametrize(("first", "end"), [(-1, 1), (1, 1), (0, 3), (2, 1)])
def test_spans_outside(first: int, end: int) -> None:
    with pytest.raises(DataError, match=f"expected a span inside its 2 words, found {first} to {end}"):
        Words.of(ITEM, ["a", "b"]).span(ITEM, first, end)
