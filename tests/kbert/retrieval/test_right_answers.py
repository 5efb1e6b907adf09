"""Right answers by brute force, and as the set of all triples has them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbert.retrieval.right_answers import RightAnswers
from kbert.triples.ids import Asked, TripleIds
from kbert.triples.negatives import TripleSet

ENTITIES, RELATIONS = 7, 3
TRIPLE = st.tuples(st.integers(0, ENTITIES - 1), st.integers(0, RELATIONS - 1), st.integers(0, ENTITIES - 1))
QUESTION = st.tuples(st.integers(0, ENTITIES - 1), st.integers(0, RELATIONS - 1), st.booleans())


def triples_of(rows: list[tuple[int, int, int]]) -> TripleIds:
    return TripleIds.of(*map(list, zip(*rows, strict=True)))


def asked_of(rows: list[tuple[int, int, bool]]) -> Asked:
    given, relation, asks_tail = zip(*rows, strict=True)
    return Asked(np.array(given), np.array(relation, dtype=np.int32), np.array(asks_tail))


@settings(max_examples=100)
@given(
    st.lists(TRIPLE, min_size=1, max_size=40),
    st.lists(QUESTION, min_size=1, max_size=8),
    st.sets(st.integers(0, ENTITIES - 1), min_size=1),
)
def test_by_brute_force(
    triples: list[tuple[int, int, int]], questions: list[tuple[int, int, bool]], entities: set[int]
) -> None:
    """Few entities or many, so that questions with more right answers than these and with fewer are among them."""
    here = np.array(sorted(entities))
    found = RightAnswers(triples_of(triples), RELATIONS).among(asked_of(questions), here)
    expected = [
        [((given, relation, e) if asks_tail else (e, relation, given)) in triples for e in sorted(entities)]
        for given, relation, asks_tail in questions
    ]
    assert found.tolist() == expected


@pytest.mark.parametrize("size", [1, 5, 300])
def test_as_the_set_of_all_triples_has_them(size: int) -> None:
    """A hub with more right answers than there are entities in the batch among them."""
    random, entities = np.random.default_rng(size), 1_000
    some = TripleIds.of(*(random.integers(most, size=4_000) for most in (entities, 5, entities)))
    hub = TripleIds.of(range(entities), [0] * entities, [0] * entities)
    triples = TripleIds.join(some, hub)
    batch = TripleIds.join(triples.where(random.integers(len(triples), size=size)), hub.where(np.arange(2)))
    asked, here = Asked.of(batch), np.unique(np.concatenate((batch.head, batch.tail)))
    expected = TripleSet(triples, entities, 5).holds(asked.with_each(here)).reshape(len(asked), len(here))
    np.testing.assert_array_equal(RightAnswers(triples, 5).among(asked, here), expected)


def test_ids_of_the_largest_graphs() -> None:
    last, relation = 10**8 - 1, 10**4 - 1
    right = RightAnswers(triples_of([(last, relation, last), (0, 0, 0)]), 10**4)
    asked = asked_of([(last, relation, True), (last, relation, False), (0, 0, True), (0, relation, True)])
    expected = [[False, True], [False, True], [True, False], [False, False]]
    assert right.among(asked, np.array([0, last])).tolist() == expected
