"""Items that begin with vectors of entities."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from graphs.behaviour_build import build_behaviour
from graphs.behaviour_recipe import BehaviourRecipe
from graphs.errors import OptionsError, StoreError
from graphs.rooms import Part
from kbert.behaviour.item_vectors import ItemVectors
from kbert.behaviour.laying import FIRST
from kbert.behaviour.model import Recommender
from kbert.entities.vectors import Vectors

ITEMS = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def graph_of(tmp_path_factory):
    """A graph of the four items, of which some are entities."""

    def make(**entities):
        folder = tmp_path_factory.mktemp("items")
        tables = {"events": ["user\titem", *(f"u\t{item}" for item in ITEMS)]}
        if entities:
            tables["links"] = ["item\tentity", *("\t".join(pair) for pair in entities.items())]
        for name, lines in tables.items():
            (folder / f"{name}.tsv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        sources = [(str(folder / f"{name}.tsv"), Part("tsv")) for name in tables]
        return build_behaviour(folder / "graph", sources, BehaviourRecipe())

    return make


def drawn(width, seed=0):
    return torch.randn(FIRST + len(ITEMS), width, generator=torch.Generator().manual_seed(seed)) * width**-0.5


@given(
    entities=st.dictionaries(st.sampled_from(ITEMS), st.sampled_from(["a", "b", "Q1", "Q2", "Q3"])),
    known=st.lists(st.sampled_from([*ITEMS, "Q1", "Q2", "Q4"]), min_size=1, unique=True),
    width=st.integers(2, 5),
)
def test_each_item_has_the_vector_of_its_entity_or_of_its_name_and_else_its_own(
    graph_of, vectors_of, entities, known, width
):
    graph, folder = graph_of(**entities), vectors_of(*known, width=width)
    wanted = [entities.get(item, item) for item in ITEMS]
    found = [i for i, name in enumerate(wanted) if name in known]
    if not found:
        with pytest.raises(OptionsError, match=r"has no vector of any item of"):
            ItemVectors(graph, folder)
        return
    made, pieces = ItemVectors(graph, folder), drawn(width)
    by_name = sum(ITEMS[i] not in entities for i in found)
    assert made.counts == {"found": len(found), "by_name": by_name, "items": 4}
    vectors = Vectors.open(folder)
    taken = np.stack([vectors.take(vectors.rows([wanted[i]]))[0] for i in found])
    expected = drawn(width).numpy()
    expected[[FIRST + i for i in found]] = taken * (drawn(width)[FIRST:].std().item() / taken.std())
    made.put(pieces)
    np.testing.assert_allclose(pieces.numpy(), expected, rtol=1e-4, atol=1e-6)
    others = [i for i in range(len(pieces)) if i - FIRST not in found]
    assert torch.equal(pieces[others], drawn(width)[others])


@pytest.mark.parametrize("width", [16, 64])
def test_vectors_are_as_long_as_those_that_are_drawn(graph_of, vectors_of, width):
    """However long they were."""
    torch.manual_seed(0)
    recommender = Recommender("uprec", 2_000, [], {"width": width})
    pieces = recommender.part.items.weight
    spread = pieces[FIRST:].std().item()
    assert spread == pytest.approx(0.02, rel=0.02)
    ItemVectors(graph_of(), vectors_of(*ITEMS, width=width)).put(pieces)
    assert pieces[FIRST : FIRST + len(ITEMS)].std(correction=0).item() == pytest.approx(spread, rel=1e-5)


def test_vectors_that_do_not_fit(graph_of, vectors_of, tmp_path):
    graph = graph_of(a="Q1")
    with pytest.raises(OptionsError, match=r"has vectors of 6 numbers, and those of items have 8: --width 6 would fit"):
        ItemVectors(graph, vectors_of("Q1", width=6)).put(drawn(8))
    with pytest.raises(
        OptionsError, match=r"no vector of any item of .*: it has those of 'a', 'x', and items are 'Q1', 'b', 'c', …"
    ):
        ItemVectors(graph, vectors_of("a", "x"))
    with pytest.raises(OptionsError, match=r"expected vectors that tell items apart, found [-\d.]+ all over"):
        ItemVectors(graph, vectors_of("Q1", width=1)).put(drawn(1))
    with pytest.raises(StoreError, match=r"expected vectors of entities .*, found no such folder"):
        ItemVectors(graph, tmp_path / "none")
