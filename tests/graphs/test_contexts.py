import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.contexts import contexts_of
from graphs.tables import Parse, ints
from graphs.types import Sentence

NONE = Parse.of(())


def context(text, surface, window=100, parse=NONE):
    start = text.index(surface)
    return contexts_of([text], parse, ints([0]), ints([start]), ints([start + len(surface)]), window)[0]


@pytest.mark.parametrize(
    ("text", "surface", "expected"),
    [
        ("One ran. Two sat! Three lay.", "Two", "Two sat!"),
        ("One ran. Two sat! Three lay.", "Three", "Three lay."),
        ("First line\n\n second line", "second", "second line"),
        ("First line\n second line", "First", "First line"),
        ("Acme Inc. makes nails. Bolt does not.", "Acme", "Acme Inc. makes nails."),
        ("He lives in St. Louis now. She left.", "St. Louis", "He lives in St. Louis now."),
        ("北京很大。上海也大。", "上海", "上海也大。"),
        ("no end", "end", "no end"),
    ],
)
def test_the_sentence_of_a_mention(text, surface, expected):
    assert context(text, surface) == expected


def test_sentences_of_the_parser_count():
    parse = Parse.of((), (), [Sentence(0, 0, 4), Sentence(0, 5, 9), Sentence(1, 0, 3)])
    assert context("a. B c. D", "c", parse=parse) == "c. D"
    spans = ints([0, 1, 1]), ints([0, 0, 4]), ints([1, 1, 5])
    assert contexts_of(["a. B c. D", "E f G"], parse, *spans, 100) == ["a. B", "E f G", "E f G"]


def test_no_more_than_the_window_on_either_side():
    assert context("aaaa bbbb cccc dddd", "cccc", window=5) == "bbbb cccc dddd"
    assert context("aaaa bbbb cccc dddd", "cccc", window=0) == "cccc"
    assert context("aa. Bb cc. Dd", "cc", window=3) == "Bb cc."


@given(st.text("aB. \n!。", max_size=30), st.data())
def test_a_context_holds_its_mention_and_lies_in_the_text(text, data):
    text += "x"
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = contexts_of([text], NONE, ints([0]), ints([start]), ints([end]), 7)[0]
    assert text[start:end].strip() in found
    assert found in text[max(0, start - 7) : end + 7]
    # Of what parts sentences for sure nothing is in a context but within the mention.
    assert len(re.findall("[。\n]", found.rstrip("。\n"))) <= len(re.findall("[。\n]", text[start:end]))
