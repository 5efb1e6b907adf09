"""Arcs beside the pieces of texts, and random trees."""

from collections import Counter
from dataclasses import replace

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.corpus import to_rows
from graphs.errors import DataError
from graphs.types import Arc, Sentence
from kbert.arcs import NO_HEAD, labels_of, lay_arcs, random_tree
from kbert.pieces import PieceTable
from kbert.trunk import lay_trunk


@pytest.fixture
def lay(load, graph_of):
    """Lay out texts with arcs: heads and labels of the words, -1 for a root."""
    backbone = load("bert")

    def laid(*texts, labels=("det", "nsubj"), pieces=64, **how):
        rows = to_rows(
            [parsed(graph_of(text, id=str(i)), heads, names) for i, (text, heads, names) in enumerate(texts)]
        )
        trunk = lay_trunk(rows, PieceTable(backbone.pieces), backbone.template, pieces)
        columns, counts = lay_arcs(rows, trunk, labels, **how)
        first = np.flatnonzero(columns["head"] != NO_HEAD)
        row = np.searchsorted(trunk.offsets, first, side="right") - 1
        found = zip(row, columns["head"][first], trunk.word[first], columns["arc"][first], strict=True)
        return sorted(tuple(map(int, arc)) for arc in found), counts

    return laid


def parsed(graph, heads, names, sentences=()):
    arcs = [Arc(head, word, name) for word, (head, name) in enumerate(zip(heads, names, strict=True))]
    return replace(graph, arcs=tuple(arcs), sentences=tuple(sentences))


FILM = ("the film was good", [1, 3, 3, -1], ["det", "nsubj", "cop", "root"])


def test_each_word_has_its_head_and_label(lay):
    found, counts = lay(FILM, ("bad", [-1], ["root"]), ("a film", [1, -1], ["det", "root"]))
    # row, head, dependent, number of the label: 0 is for those that are not known
    assert found == [(0, 1, 0, 1), (0, 3, 1, 2), (0, 3, 2, 0), (2, 1, 0, 1)]
    assert counts == {"arcs": 4, "cut_arcs": 0, "unknown_labels": 1, "texts_linked": 2}


def test_without_labels_all_arcs_are_of_one_kind(lay):
    found, counts = lay(FILM, labels=None)
    assert [kind for *_, kind in found] == [0, 0, 0]
    assert counts["unknown_labels"] == 0


def test_words_that_were_cut_off_take_their_arcs_along(lay):
    """Two special pieces and two words have room; the head of one is gone."""
    found, counts = lay(FILM, pieces=4)
    assert found == [(0, 1, 0, 1)]
    assert (counts["arcs"], counts["cut_arcs"]) == (1, 2)


def test_labels_are_those_between_words(graph_of):
    rows = to_rows([parsed(graph_of("the film was good"), *FILM[1:])])
    assert labels_of([rows, rows]) == ["cop", "det", "nsubj"]
    odd = to_rows([parsed(graph_of("a"), [-1], ["root"]), parsed(graph_of("a b", id="9"), [-1, 0], ["root", "a b"])])
    with pytest.raises(DataError, match="text 9: expected labels of arcs without white space, found 'a b'"):
        labels_of([odd])
    with pytest.raises(DataError, match=r"expected dependency arcs in the training texts \(kbert graph build --parser"):
        labels_of([to_rows([graph_of("a b")])])


@pytest.mark.parametrize(
    ("arcs", "message"),
    [
        ([Arc(0, 1, "x"), Arc(2, 1, "y")], "text 1: expected one head a word at most, found two of word 1"),
        (
            [Arc(1, 0, "x"), Arc(2, 1, "x"), Arc(0, 2, "x")],
            "text 1: expected trees of words, found a cycle above word",
        ),
        ([Arc(1, 1, "x")], "text 1: expected trees of words, found a cycle above word 1"),
        ([Arc(3, 0, "x")], "text 1: expected arcs among its 3 words, found one from 3 to 0"),
        ([Arc(0, 5, "x")], "text 1: expected arcs among its 3 words, found one from 0 to 5"),
    ],
)
def test_what_is_no_tree_of_words(load, graph_of, arcs, message):
    backbone = load("bert")
    rows = to_rows([replace(graph_of("a b c"), arcs=tuple(arcs))])
    trunk = lay_trunk(rows, PieceTable(backbone.pieces), backbone.template, 64)
    with pytest.raises(DataError, match=message):
        lay_arcs(rows, trunk, None)


@pytest.mark.parametrize("pieces", range(4, 16))
def test_as_many_arcs_are_read_of_a_random_tree_however_much_is_cut(lay, pieces):
    chain = " ".join("abcdefghijkl"), [*range(1, 12), -1], ["x"] * 12
    own, shuffled = (lay(chain, pieces=pieces, labels=None, control=how)[1] for how in ("none", "shuffled"))
    assert own == shuffled
    assert own["arcs"] == min(pieces - 2, 12) - 1


@settings(max_examples=40)
@given(st.integers(1, 9), st.integers(0, 8), st.integers(0, 99))
def test_a_random_tree_is_a_tree(words, arcs, seed):
    arcs = min(arcs, words - 1)
    names = np.arange(words) * 3
    head, dependent = random_tree(names, arcs, np.random.default_rng(seed))
    tree = networkx.DiGraph(zip(head.tolist(), dependent.tolist(), strict=True))
    tree.add_nodes_from(names.tolist())
    assert set(tree) == set(names.tolist())
    assert tree.number_of_edges() == arcs == len(set(dependent.tolist()))
    assert networkx.is_forest(tree)


def test_every_tree_may_be_drawn():
    """Of three words: nine trees with a root, each likely enough."""
    generator = np.random.default_rng(0)
    drawn = Counter(
        frozenset(zip(*(column.tolist() for column in random_tree(np.arange(3), 2, generator)), strict=True))
        for _ in range(900)
    )
    assert len(drawn) == 9
    assert min(drawn.values()) > 20


def test_shuffled_sentences_keep_words_and_labels_and_lose_their_tree(load, graph_of):
    words = [f"w{i}" for i in range(12)]
    heads, names = [1, -1, 1, 2, 3, 4, 7, -1, 7, 8, 9, 10], [f"l{i}" for i in range(12)]
    graph = graph_of(" ".join(words))
    half = graph.tokens[6].start
    sentences = [Sentence(0, 0, half - 1), Sentence(0, half, len(graph.texts[0]))]
    graph, backbone = parsed(graph, heads, names, sentences), load("bert")
    other = parsed(graph_of("the film was good", id="2"), *FILM[1:])

    def arcs(*graphs, control="shuffled"):
        rows = to_rows(graphs)
        trunk = lay_trunk(rows, PieceTable(backbone.pieces), backbone.template, 64)
        columns, counts = lay_arcs(rows, trunk, names, control=control)
        first = np.flatnonzero(columns["head"] != NO_HEAD)
        row = np.searchsorted(trunk.offsets, first, side="right") - 1
        found = [row, columns["head"][first], trunk.word[first], columns["arc"][first]]
        return [tuple(arc) for arc in np.stack(found, axis=1).tolist()], counts

    own, counts = arcs(graph, control="none")
    shuffled, others = arcs(graph)
    assert counts == others
    assert {arc[1:] for arc in own} != {arc[1:] for arc in shuffled}
    for start, end in ((0, 6), (6, 12)):
        of_half = [arc for arc in shuffled if start <= arc[2] < end]
        assert len(of_half) == 5
        assert all(start <= head < end for _, head, _, _ in of_half)
        assert networkx.is_tree(networkx.Graph([arc[1:3] for arc in of_half]))
        assert sorted(arc[3] for arc in of_half) == sorted(arc[3] for arc in own if start <= arc[2] < end)
    # Wherever the text stands, and however often it is laid out:
    assert [arc[1:] for arc in arcs(other, graph)[0] if arc[0] == 1] == [arc[1:] for arc in shuffled]
