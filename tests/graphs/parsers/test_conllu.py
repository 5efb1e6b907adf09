import pytest

from graphs.errors import TextError
from graphs.parsers.conllu import Parser
from graphs.tables import Parse
from graphs.types import Arc, Token

TOKENS = [Token(0, 0, 2, "X", "he"), Token(0, 3, 5), Token(2, 0, 1)]


def test_what_was_given_is_kept():
    given = Parse.of(TOKENS, [(0, Arc(1, 0, "nsubj")), (0, Arc(-1, 1, "root")), (2, Arc(-1, 0, "root"))])
    assert Parser().annotate(["He is", "", "a"], given) is given


def test_a_text_without_arcs():
    given = Parse.of(TOKENS, [(0, Arc(1, 0, "nsubj")), (0, Arc(-1, 1, "root"))])
    with pytest.raises(TextError, match=r"text 2: expected arcs between the tokens .*, found none in 'a'"):
        Parser().annotate(["He is", "", "a"], given)


def test_texts_are_not_parsed():
    assert len(Parser()([])) == 0
    with pytest.raises(TextError, match=r"text 0: expected a text that came with .*, found plain text 'He is'"):
        Parser()(["He is"])
