"""Which triples are ranked and filtered, and the sentence about it."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from graphs.errors import DataError, OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.ranked_triples import RankedTriples

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
    assert (len(ranked.true), ranked.leaks) == (16, 1)
    assert ranked.described == {"split": "test", "limit": None, "seed": None}
    assert ranked.sentence("MRR", sides=", both sides") == (
        "MRR over 6 triples of the split test, both sides, filtered by 16 true triples of no split, train, dev and "
        "test; realistic ranks; 1 of them stand in train too"
    )


def test_what_is_learnt_has_no_leaks(kg: KnowledgeGraph) -> None:
    ranked = RankedTriples.of(kg, "train")
    assert len(ranked.triples) == len(TRAIN) + 1
    assert ranked.sentence("MRR").endswith("realistic ranks; the model was trained on them")


def test_what_chose_the_epoch(kg: KnowledgeGraph) -> None:
    ranked = RankedTriples.of(kg, "dev")
    assert ranked.sentence("MRR").endswith("realistic ranks; dev: the epoch was chosen on them")
    other = "another graph than that of the training, so what the run has learnt of it is not known"
    assert ranked.sentence("MRR", same_graph=False).endswith(f"realistic ranks; {other}")


def test_some_are_drawn(kg: KnowledgeGraph) -> None:
    ranked, again, other = (RankedTriples.of(kg, "test", limit=3, seed=seed) for seed in (1, 1, 2))
    tails = ranked.triples.tail.tolist()
    assert tails == again.triples.tail.tolist() == sorted(set(tails))
    assert tails != other.triples.tail.tolist()
    assert ranked.described == {"split": "test", "limit": 3, "seed": 1}
    assert ranked.sentence("MRR").startswith("MRR over 3 (drawn with seed 1) of the 6 triples of the split test, ")
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
