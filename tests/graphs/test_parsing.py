import pytest

from graphs.errors import DataError, TextError
from graphs.parsers.characters import Parser as Characters
from graphs.parsing import parse_documents
from graphs.tables import Parse
from graphs.types import Arc, Document, Sentence, Token


class Tagger:
    """A parser of whole texts that can tag given tokens too."""

    def __init__(self):
        self.annotated = []

    def __call__(self, texts):
        return Parse.of([Token(i, 0, len(text), "new") for i, text in enumerate(texts)])

    def annotate(self, texts, given):
        self.annotated.append(list(texts))
        spans = zip(given.text.tolist(), given.start.tolist(), given.end.tolist(), strict=True)
        return Parse.of([Token(*span, "given") for span in spans])


def rows(parse):
    tag = parse.tag or [None] * len(parse)
    return list(zip(parse.text.tolist(), parse.start.tolist(), parse.end.tolist(), tag, strict=True))


PLAIN = Document("plain", ("ab", "cd"))
CUT = Document("cut", ("xyz", "uv"), tokens=(Token(0, 0, 1), Token(0, 2, 3), Token(1, 0, 2)))


def test_only_given_tokens_are_annotated():
    parser = Tagger()
    assert rows(parse_documents(parser, [PLAIN, CUT, PLAIN])) == [
        (0, 0, 2, "new"),
        (1, 0, 2, "new"),
        (2, 0, 1, "given"),
        (2, 2, 3, "given"),
        (3, 0, 2, "given"),
        (4, 0, 2, "new"),
        (5, 0, 2, "new"),
    ]
    assert parser.annotated == [["xyz", "uv"]]


def test_a_parser_that_cannot_annotate_leaves_given_tokens_as_they_are():
    assert rows(parse_documents(Characters(), [CUT])) == [(0, 0, 1, None), (0, 2, 3, None), (1, 0, 2, None)]
    parse = parse_documents(Characters(), [PLAIN, CUT])
    assert (parse.tag, parse.lemma) == (None, None)
    assert rows(parse) == [(0, 0, 2, None), (1, 0, 2, None), (2, 0, 1, None), (2, 2, 3, None), (3, 0, 2, None)]


def test_arcs_and_sentences_go_with_their_text():
    tokens = (Token(0, 0, 1, "N", "x"), Token(1, 0, 1, "V"), Token(1, 1, 2))
    arcs = (Arc(-1, 0, "a"), Arc(2, 1, "b"), Arc(-1, 2, "c"))
    pair = Document("pair", ("xyz", "uv"), tokens=tokens, arcs=arcs, sentences=(Sentence(1, 0, 2),))
    parse = parse_documents(Characters(), [PLAIN, pair, pair])
    columns = (parse.arc_text.tolist(), parse.head.tolist(), parse.dependent.tolist(), parse.arc_label)
    assert list(zip(*columns, strict=True)) == [
        (2, -1, 0, "a"), (3, 1, 0, "b"), (3, -1, 1, "c"), (4, -1, 0, "a"), (5, 1, 0, "b"), (5, -1, 1, "c"),
    ]  # fmt: skip
    assert parse.sentence_text.tolist() == [3, 5]
    assert parse.tag == [None, None, "N", "V", None, "N", "V", None]
    assert parse.lemma == [None, None, "x", None, None, "x", None, None]


def test_no_documents_and_no_tokens():
    assert len(parse_documents(Characters(), [])) == 0
    assert rows(parse_documents(Characters(), [Document("1", ("ab",), tokens=()), PLAIN])) == [
        (1, 0, 2, None), (2, 0, 2, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tokens", "found"),
    [
        ([(0, 0, 4)], "0 to 4 in 'xyz'"),
        ([(0, -1, 2)], "-1 to 2 in 'xyz'"),
        ([(0, 1, 1)], "1 to 1 in 'xyz'"),
        ([(0, 0, 2), (0, 1, 3)], "1 to 3 in 'xyz'"),
        ([(0, 2, 3), (0, 0, 1)], "0 to 1 in 'xyz'"),
        ([(1, 0, 1), (0, 0, 1)], "0 to 1 in 'xyz'"),
    ],
)
def test_tokens_that_do_not_lie_in_their_text_in_order(tokens, found):
    document = Document("dev:7", ("xyz", "uv"), tokens=tuple(Token(*token) for token in tokens))
    message = f"document dev:7: expected tokens one after another inside their text, found one from {found}"
    with pytest.raises(DataError, match=message):
        parse_documents(Characters(), [CUT, Document("plain", ("a",)), document])


class Picky:
    """A parser that refuses one text."""

    def __init__(self, refused):
        self.refused = refused

    def __call__(self, texts):
        if self.refused in texts:
            raise TextError(texts.index(self.refused), "another", "this one")
        return Characters()(texts)

    def annotate(self, texts, given):
        self(texts)
        return given


@pytest.mark.parametrize("refused", ["ab", "cd", "xyz", "uv", "last"])
def test_a_text_that_the_parser_refuses_is_told_by_its_place(refused):
    last = Document("last", ("last",), file="x.txt", line=7)
    places = {"ab": "document plain", "cd": "document plain", "last": "x.txt:7"}
    message = f"^{places.get(refused, 'document cut')}: expected another, found this one$"
    with pytest.raises(DataError, match=message):
        parse_documents(Picky(refused), [CUT, PLAIN, last])
    if refused in places:
        with pytest.raises(DataError, match=message):
            parse_documents(Picky(refused), [PLAIN, last])
