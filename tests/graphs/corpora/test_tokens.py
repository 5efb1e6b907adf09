from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.codepoints import is_unspaced
from graphs.corpora._tokens import MisplacedError, join, join_by_script, place

WORDS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Z"]), min_size=1, max_size=4), min_size=1
)
MIXED = st.lists(
    st.sampled_from(["a", "bc", "def", "京", "東京", "ひ", "ไทย", ",", "。", "한국", "ㅋㅋ", "é", "👍🏽"]), min_size=1
)


def cut_out(text, tokens):
    return [text[token.start : token.end] for token in tokens]


@given(WORDS | MIXED)
def test_each_span_cuts_out_its_word(words):
    text, tokens = join_by_script(words)
    assert cut_out(text, tokens) == words
    assert all(token.text == 0 for token in tokens)
    assert list(tokens) == sorted(tokens)


@given(MIXED)
def test_spaces_stand_where_the_script_wants_them(words):
    text, tokens = join_by_script(words)
    unspaced = any(is_unspaced(character) for word in words for character in word)
    for left, right in pairwise(tokens):
        both = [text[token.start : token.end] for token in (left, right)]
        wide = all(len(word) > 1 and not any(map(is_unspaced, word)) for word in both)
        assert right.start - left.end == int(not unspaced or wide)
        assert text[left.end : right.start].strip(" ") == ""


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["Das", "ist", "gut", "."], "Das ist gut ."),
        (["ذهب", "إلى", "القاهرة"], "ذهب إلى القاهرة"),
        (["서울", "은", "ㅋㅋ", "크다"], "서울 은 ㅋㅋ 크다"),
        (["他", "用", "GPU", "2", "0", "块"], "他用GPU20块"),
        (["用", "Visual", "Studio", "写"], "用Visual Studio写"),
        (["東京", "タワー", "へ"], "東京タワーへ"),
        (["𠀀", "a", "b"], "𠀀ab"),
        (["กิน", "ข้าว", "OK"], "กินข้าวOK"),
        (["one"], "one"),
    ],
)
def test_texts_as_they_are_written(words, text):
    assert join_by_script(words)[0] == text


@given(st.lists(st.tuples(st.sampled_from(["du", "l'", "a", "."]), st.booleans()), min_size=1))
def test_words_are_found_in_the_text_they_make(words):
    forms = [word for word, _ in words]
    text, tokens = join(forms, [space for _, space in words])
    assert cut_out(text, tokens) == forms
    assert place(forms, text) == tokens
    assert cut_out(f" {text}\u3000", place(forms, f" {text}\u3000")) == forms


def test_words_may_hold_spaces():
    assert cut_out("a 20 000 b", place(["a", "20 000", "b"], "a 20 000 b")) == ["a", "20 000", "b"]


@pytest.mark.parametrize(
    ("words", "text", "position", "found"),
    [
        (["a", "c"], "a b c", 1, "'c' where the text goes on with 'b c'"),
        (["a", "b"], "a", 1, "'b' where the text goes on with ''"),
        (["a"], "a  b", 1, "no word where the text goes on with 'b'"),
    ],
)
def test_words_that_are_not_in_the_text(words, text, position, found):
    with pytest.raises(MisplacedError, match=found) as caught:
        place(words, text)
    assert caught.value.position == position
