import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from graphs.parsers.words import Parser

TELLING = st.sampled_from(
    [*"aé7 .-'$_京ひ한ไم\n\t", "\u0301", "\ufe0f", "\u200d", "\u200b", "\xad", "👍", "\u3000", "\x00"]
)
TEXT = st.text(TELLING | st.characters(codec="utf-8"), max_size=12)


def cut(text):
    parse = Parser()([text])
    return [text[start:end] for start, end in zip(parse.start, parse.end, strict=True)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I can't re-do 3.5%!", ["I", "can", "'", "t", "re", "-", "do", "3", ".", "5", "%", "!"]),
        ("Die Straßenbahn fährt.", ["Die", "Straßenbahn", "fährt", "."]),
        ("e\u0301tude\u0301s", ["e\u0301tude\u0301s"]),
        ("我在ABC大学", ["我", "在", "ABC", "大", "学"]),
        ("カタカナとひらがな", ["カタカナとひらがな"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("مرحبا، كَيْفَ", ["مرحبا", "،", "كَيْفَ"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("र\u200d\u094dय", ["र\u200d\u094dय"]),
        ("❤\ufe0fabc 👍👍", ["❤\ufe0f", "abc", "👍", "👍"]),
        ("\u200eab\u200f c\u200bd so\xadft-\xad", ["ab", "c", "d", "so\xadft", "-"]),
        ("\u0301x", ["\u0301x"]),
        ("葛\U000e0100", ["葛\U000e0100"]),
        ("\ue000\U0003134a", ["\ue000", "\U0003134a"]),
        (" \n", []),
        ("", []),
    ],
)
def test_words(text, words):
    assert cut(text) == words


def by_hand(text):
    """The rule, character by character."""
    found = []
    before = "space"
    for i, character in enumerate(text):
        category = unicodedata.category(character)
        kind = "alone"
        if category[0] == "Z" or category == "Cc" or character == "\u200b":
            kind = "space"
        elif category == "Cf":
            following = next((c for c in text[i:] if unicodedata.category(c) != "Cf" or c == "\u200b"), " ")
            kind = "held" if before == "word" and unicodedata.category(following)[0] in "LNM" else "space"
            if "CJK" in unicodedata.name(following, ""):
                kind = "space"
        elif category[0] == "M":
            kind = "held" if before != "space" else "word"
        elif category[0] in "LN" and "CJK" not in unicodedata.name(character, ""):
            kind = "word"
        if kind == "held" or (kind == before == "word"):
            found[-1] += character
            continue
        if kind != "space":
            found.append(character)
        before = kind
    return found


@given(TEXT)
def test_the_rule_character_by_character(text):
    assert cut(text) == by_hand(text)


@given(
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]) | st.sampled_from("京都ひöя한。、"), max_size=15)
)
def test_like_bert_where_there_are_no_symbols(text):
    spaced = BertNormalizer(clean_text=False, strip_accents=False, lowercase=False).normalize_str(text)
    assert cut(text) == [word for word, _ in BertPreTokenizer().pre_tokenize_str(spaced)]


@given(st.lists(TEXT, max_size=4))
def test_each_text_alone(texts):
    together = Parser()(texts)
    assert list(together.text) == sorted(together.text)
    for number, text in enumerate(texts):
        alone, rows = Parser()([text]), together.text == number
        assert alone.start.tolist() == together.start[rows].tolist()
        assert alone.end.tolist() == together.end[rows].tolist()


def test_nothing_but_tokens():
    parse = Parser()(["a b"])
    assert (parse.tag, parse.lemma, len(parse.head), len(parse.sentence_text)) == (None, None, 0, 0)
