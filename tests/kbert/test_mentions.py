"""Linked mentions and their tokens."""

from collections.abc import Callable

import pytest

from graphs.corpus import to_rows
from graphs.errors import DataError
from graphs.types import Mention, TextGraph
from kbert.mentions import linked_mentions


def test_mentions_of_all_rows(graph_of: Callable[..., TextGraph]) -> None:
    graphs = [
        graph_of("a b c", "d e", mentions=[(1, 2, "X"), (3, 3, None), (3, 4, "Y")]),
        graph_of("f"),
        graph_of("g h", mentions=[(1, 1, "X")]),
    ]
    found = linked_mentions(to_rows(graphs))
    assert found.row.tolist() == [0, 0, 2]
    assert found.entity.to_pylist() == ["X", "Y", "X"]
    assert list(zip(found.first.tolist(), found.last.tolist(), strict=True)) == [(1, 2), (3, 4), (7, 7)]
    assert found.score.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("span", [(0, 1), (0, 3), (1, 2), (3, 9)])
def test_a_mention_that_cuts_a_token(span: tuple[int, int], graph_of: Callable[..., TextGraph]) -> None:
    graph = graph_of("ab cd")
    odd = TextGraph(**{**vars(graph), "mentions": (Mention(0, *span, "X"),)})
    with pytest.raises(DataError, match=f"text 1: expected mentions that lie on whole tokens, found one at {span[0]}–"):
        linked_mentions(to_rows([odd]))
    unlinked = TextGraph(**{**vars(graph), "mentions": (Mention(0, *span, None),)})
    assert len(linked_mentions(to_rows([unlinked])).row) == 0
