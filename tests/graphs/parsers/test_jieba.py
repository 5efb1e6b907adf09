import logging
import sys

import jieba
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.errors import UnavailableError
from graphs.parsers.jieba import Parser

TEXTS = st.text(st.sampled_from("我来到北京清华大学杭研大厦 他很3.5aB，。\n👍"), max_size=20)


@pytest.fixture(scope="module")
def parser():
    return Parser()


def cut(parser, text):
    parse = parser([text])
    return [text[start:end] for start, end in zip(parse.start, parse.end, strict=True)]


def test_words(parser):
    assert cut(parser, "我来到北京 清华大学, Python3.5👍") == [
        *("我", "来到", "北京", "清华大学", ",", "Python3.5", "👍")
    ]
    assert cut(parser, "") == cut(parser, " \n\u3000") == []


def test_new_words_by_the_hidden_markov_model(parser):
    text = "他来到了网易杭研大厦"
    assert "杭研" in cut(parser, text)
    assert "杭研" not in cut(Parser(hmm=False), text)


def test_like_jieba_itself(parser, tmp_path):
    original = jieba.Tokenizer()
    original.tmp_dir = str(tmp_path)
    for text in ["小明硕士毕业于中国科学院计算所，后在日本京都大学深造", "结婚的和尚未结婚的", "The 2020年 report."]:
        expected = [word for word, _, _ in original.tokenize(text) if word.strip()]
        assert cut(parser, text) == expected


@given(st.lists(TEXTS, max_size=3))
def test_each_text_alone_and_whole(parser, texts):
    together = parser(texts)
    for number, text in enumerate(texts):
        rows = together.text == number
        words = [text[s:e] for s, e in zip(together.start[rows], together.end[rows], strict=True)]
        assert words == cut(parser, text)
        assert "".join(words) == "".join(text.split())


def test_quiet_and_without_a_cache(capfd, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    logging.getLogger("jieba").setLevel(logging.DEBUG)
    Parser()(["我来到北京"])
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(UnavailableError, match=r"needs the package jieba: pip install 'kbert\[jieba\]'"):
        Parser()
