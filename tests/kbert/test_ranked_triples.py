"""Which triples are ranked and filtered, and the sentence about it."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from graphs.errors import DataError, OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.ranked_triples import RankedTriples
from kbert.triple_protocol import Trained, standing

NAMES = "abcdefghij"
TRAIN = [Triple(a, "r", b, split="train") for a, b in pairwise(NAMES)]
TEST = [Triple("a", "r", other, split="test") for other in "bcdefg"]  # the first stands in train too
OTHERS = [Triple("b", "s", "a"), Triple("c", "s", "a", split="dev"), Triple("d", "s", "a", split="test", label=-1)]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([*TRAIN, *TEST, *OTHERS])


def test_all_of_a_split(kg: KnowledgeGraph) -> None:
    ranked = RankedTriples.of(kg, "test")
    assert kg.names(ranked.triples.tail).to_pylist() == list("bcdefg")
    assert len(ranked.true) == 16
    assert ranked.described == {"split": "test", "limit": None, "seed": None}
    how = standing(ranked, Trained(kg, changed=False))
    assert ranked.first(how.learnt) == ["a", "r", "b"]
    assert ranked.first(how.chosen) is None
    assert ranked.sentence("MRR", how, sides=", both sides") == (
        "MRR over 6 triples of the split test, both sides, filtered by 16 true triples of no split, train, dev and "
        "test; realistic ranks; the model was trained on 1 of them"
    )


@pytest.mark.parametrize(
    ("split", "told"), [("train", "the model was trained on them"), ("dev", "dev: the epoch was chosen on them")]
)
def test_what_the_run_has_seen(kg: KnowledgeGraph, split: str, told: str) -> None:
    ranked = RankedTriples.of(kg, split)
    said = ranked.sentence("MRR", standing(ranked, Trained(kg, changed=False)))
    assert said.endswith(f"realistic ranks; {told}")


def test_ids_in_another_graph(kg: KnowledgeGraph, kg_of: Callable[..., KnowledgeGraph]) -> None:
    """Names decide: another order of them, another relation before, one that is not there."""
    other = kg_of([Triple("c", "s", "a"), *TEST[:3]])
    ids = RankedTriples.of(kg, "test").ids(other)
    assert [other.names([i]).to_pylist()[0] if i >= 0 else None for i in ids.tail] == ["b", "c", "d", None, None, None]
    assert ids.head.tolist() == [other.id("a")] * 6
    assert ids.relation.tolist() == [other.relations.index("r")] * 6
    assert set(RankedTriples.of(kg, "test").ids(kg_of([Triple("a", "t", "b")])).relation.tolist()) == {-1}


def test_some_are_drawn(kg: KnowledgeGraph) -> None:
    ranked, again, other = (RankedTriples.of(kg, "test", limit=3, seed=seed) for seed in (1, 1, 2))
    tails = ranked.triples.tail.tolist()
    assert tails == again.triples.tail.tolist() == sorted(set(tails))
    assert tails != other.triples.tail.tolist()
    assert ranked.described == {"split": "test", "limit": 3, "seed": 1}
    said = ranked.sentence("MRR", standing(ranked, Trained(kg, changed=False)))
    assert said.startswith("MRR over 3 (drawn with seed 1) of the 6 triples of the split test, ")
    assert RankedTriples.of(kg, "test", limit=6).described == RankedTriples.of(kg, "test").described


def test_nothing_to_rank(kg_of: Callable[..., KnowledgeGraph]) -> None:
    kg = kg_of([*TRAIN, OTHERS[-1]])
    with pytest.raises(DataError, match=r"expected true triples of the split test, found 9 of train$"):
        RankedTriples.of(kg, "test")


def test_options_out_of_range(kg: KnowledgeGraph) -> None:
    with pytest.raises(OptionsError, match="limit: expected at least 1, found 0"):
        RankedTriples.of(kg, "test", limit=0)
    with pytest.raises(OptionsError, match="split: expected train, dev or test, found 'other'"):
        RankedTriples.of(kg, "other")
