"""Where markers stand: by worked examples here, against a plain program in test_trunk."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from graphs.corpus import Column, to_rows
from graphs.errors import DataError
from graphs.types import Role, TextGraph
from kbert.marks import Marks, place_marks

ROLES = ("head", "tail")


def graph(text: str, *spans: tuple[str, int, int], number: str = "1", make: Callable[..., TextGraph]) -> TextGraph:
    """A text of words with spans in characters."""
    return replace(make(text, id=number), spans=tuple(Role(role, 0, start, end) for role, start, end in spans))


def marks_of(graphs: Sequence[TextGraph], roles: Sequence[str]) -> Marks:
    rows = to_rows(graphs)
    first_text = np.arange(len(graphs) + 1)
    tokens = Column(rows, "tokens")
    return place_marks(rows, roles, first_text[tokens.rows()] + tokens.numbers("text"), first_text)


def written(graphs: Sequence[TextGraph], roles: Sequence[str] = ROLES) -> str:
    """All texts in one line, with < and > for the first role, [ and ] for the second."""
    marks = marks_of(graphs, roles)
    words = [graph.surface(token) for graph in graphs for token in graph.tokens]
    for place, role, opens in zip(marks.places.tolist(), marks.role.tolist(), marks.opens.tolist(), strict=True):
        words.insert(place, ("<>", "[]")[role][not opens])
    return " ".join(words)


@pytest.mark.parametrize(
    ("head", "tail", "expected"),
    [
        ((3, 4), (6, 9), "ab < c > [ de f ]"),
        ((1, 4), (8, 9), "< ab c > de [ f ]"),  # grown to whole tokens
        ((2, 5), (8, 9), "ab < c > de [ f ]"),  # white space at the ends
        ((8, 9), (0, 1), "[ ab ] c de < f >"),
        ((3, 6), (3, 6), "ab < [ c de ] > f"),  # equal: the first role outside
        ((3, 4), (3, 6), "ab [ < c > de ] f"),  # one in the other
        ((5, 6), (3, 6), "ab [ c < de > ] f"),
        ((3, 4), (5, 6), "ab < c > [ de ] f"),  # touching
        ((0, 4), (3, 6), "< ab [ c > de ] f"),  # crossing
    ],
)
def test_two_spans(
    head: tuple[int, int], tail: tuple[int, int], expected: str, graph_of: Callable[..., TextGraph]
) -> None:
    for spans in ((("head", *head), ("tail", *tail)), (("tail", *tail), ("head", *head))):
        assert written([graph("ab c de f", *spans, make=graph_of)]) == expected


def test_spans_that_nobody_asks_about(graph_of: Callable[..., TextGraph]) -> None:
    spans = [("head", 5, 6), ("aspect", 0, 9), ("tail", 8, 9)]
    assert written([graph("ab c de f", *spans, make=graph_of)]) == "ab c < de > [ f ]"
    assert written([graph("ab c de f", *spans, make=graph_of)], ["aspect"]) == "< ab c de f >"


def test_texts_do_not_mix(graph_of: Callable[..., TextGraph]) -> None:
    whole = [("head", 0, 3), ("tail", 2, 3)]
    graphs = [graph("a b", *whole, make=graph_of), graph("c d", *whole, make=graph_of)]
    assert written(graphs) == "< a [ b ] > < c [ d ] >"
    assert marks_of(graphs, ROLES).text.tolist() == [0] * 4 + [1] * 4
    begin, end = marks_of(graphs, ROLES).spans()
    assert begin.tolist() == [0, 6, 2, 8]  # heads, then tails
    assert end.tolist() == [5, 11, 4, 10]


def test_nothing_to_mark(graph_of: Callable[..., TextGraph]) -> None:
    assert written([graph("a b", make=graph_of)], []) == "a b"


def test_a_text_without_a_span(graph_of: Callable[..., TextGraph]) -> None:
    good = graph("a b", ("head", 0, 1), ("tail", 2, 3), make=graph_of)
    expected = "text 7: expected a span with the role tail to mark, found "
    with pytest.raises(DataError, match=rf"{expected}spans with the roles head, aspect"):
        marks_of([good, graph("a b", ("head", 0, 1), ("aspect", 0, 1), number="7", make=graph_of)], ROLES)
    with pytest.raises(DataError, match=rf"{expected}no marked span"):
        marks_of([good, graph("a b", number="7", make=graph_of)], ["tail"])


def test_a_text_with_several_spans_of_a_role(graph_of: Callable[..., TextGraph]) -> None:
    """They would make one question."""
    spans = [("tail", 2, 3), ("head", 0, 1), ("tail", 0, 1)]
    expected = r"text 7: expected one span with the role tail to mark \(to ask about each, .*once for each\), found 2"
    with pytest.raises(DataError, match=expected):
        marks_of([graph("a b", *spans, number="7", make=graph_of)], ROLES)
    assert written([graph("a b", *spans, make=graph_of)], ["head"]) == "< a > b"


def test_a_span_of_no_token(graph_of: Callable[..., TextGraph]) -> None:
    spans = [("head", 0, 1), ("tail", 1, 2)]
    with pytest.raises(DataError, match=r"text 7: expected a tail that touches a token, found one at 1–2"):
        marks_of([graph("a b", *spans, number="7", make=graph_of)], ROLES)
