"""A tree to be looked at: with an encoder, or with every word one piece."""

import inspect
from collections.abc import Callable

import pytest

from graphs.errors import OptionsError, UnavailableError
from graphs.types import TextGraph
from kbert.flat_tree import flat_tree
from kbert.models.kbert import Model

Graph = Callable[..., TextGraph]
FACTS = {"Tim Cook": [("CEO", "Apple Inc")], "Beijing": [("capital", "China"), ("is_a", "City"), ("in", "Asia")]}


@pytest.fixture
def cook(graph_of: Graph) -> TextGraph:
    text = "Tim Cook is visiting Beijing now"
    return graph_of(text, mentions=[(0, 1, "Tim Cook"), (4, 4, "Beijing")], facts=FACTS)


def test_every_word_is_a_piece(cook: TextGraph) -> None:
    flat = flat_tree(cook)
    names = "[CLS] Tim Cook CEO Apple Inc is visiting Beijing capital China is_a City now [SEP]"
    assert flat.names == names.split()
    assert flat.positions == [0, 1, 2, 3, 4, 5, 3, 4, 5, 6, 7, 6, 7, 6, 7]
    assert flat.branch == [0, 0, 0, 1, 1, 1, 0, 0, 0, 2, 2, 3, 3, 0, 0]
    assert flat.segments == [0] * 15
    assert list(flat.rows())[5] == (5, "Inc", 5, 0, 1, 5)  # its branch and its mention
    assert next(iter(flat.rows())) == (0, "[CLS]", 0, 0, 0, 8)
    assert flat.visible[3] == [False, True, True, True, True, True] + [False] * 9


def test_what_finds_no_room(cook: TextGraph) -> None:
    whole = flat_tree(cook)
    assert whole.cut == {"branches": 0, "pieces": 0}
    flat = flat_tree(cook, max_pieces=13)
    assert " ".join(flat.names) == "[CLS] Tim Cook CEO Apple Inc is visiting Beijing capital China now [SEP]"
    assert flat.cut == {"branches": 1, "pieces": 0}
    flat = flat_tree(cook, max_pieces=6)
    assert " ".join(flat.names) == "[CLS] Tim Cook is visiting [SEP]"
    assert flat.cut["pieces"] == 2


def test_a_tree_is_cut_as_the_model_cuts_it() -> None:
    tree, model = inspect.signature(flat_tree).parameters, inspect.signature(Model).parameters
    options = ("max_pieces", "max_facts", "branch_text")
    assert [tree[name].default for name in options] == [model[name].default for name in options]


@pytest.mark.parametrize("option", [{"max_pieces": 2}, {"max_facts": -1}])
def test_options_out_of_range(option: dict[str, int], cook: TextGraph) -> None:
    with pytest.raises(OptionsError, match=f"{next(iter(option))}: expected at least"):
        flat_tree(cook, **option)


def test_tails_alone_and_more_facts(cook: TextGraph) -> None:
    flat = flat_tree(cook, max_facts=3, branch_text="tail")
    assert " ".join(flat.names[1:-1]) == "Tim Cook Apple Inc is visiting Beijing China City Asia now"


def test_as_an_encoder_reads_it(cook: TextGraph, encoder: Callable[[str], str]) -> None:
    flat = flat_tree(cook, encoder=encoder("whole-words"))
    assert flat.names[:6] == ["[CLS]", "Tim", "Cook", "CEO", "Apple", "[UNK]"]
    assert flat.positions == flat_tree(cook).positions


def test_two_texts(graph_of: Graph) -> None:
    flat = flat_tree(graph_of("a b", "c"))
    assert flat.names == ["[CLS]", "a", "b", "[SEP]", "c", "[SEP]"]
    assert flat.segments == [0, 0, 0, 0, 1, 1]


def test_an_encoder_that_is_not_there(cook: TextGraph) -> None:
    with pytest.raises(UnavailableError, match="no package 'nothing' is installed"):
        flat_tree(cook, encoder="package:nothing")
