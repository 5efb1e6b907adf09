"""Thresholds against trying them all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbert.triples.platt import DevMargins
from kbert.triples.thresholds import Thresholds, best_threshold, relations_with_enough

CASES = st.lists(st.tuples(st.integers(-4, 4) | st.floats(-4, 4, width=32), st.booleans()), min_size=1, max_size=30)


def right(threshold: float, cases: list[tuple[float, bool]]) -> int:
    return sum((margin >= threshold) == is_true for margin, is_true in cases)


@given(CASES)
def test_none_is_better(cases: list[tuple[float, bool]]) -> None:
    margin, is_true = (np.array(column) for column in zip(*cases, strict=True))
    found = best_threshold(margin.astype(np.float64), is_true)
    tried = [bound + step for bound, _ in cases for step in (-1e-9, 0, 1e-9, 1)]
    assert right(found, cases) == max(right(threshold, cases) for threshold in tried)
    assert min(margin) - 1 < found < max(margin) + 1
    order = np.random.default_rng(0).permutation(len(cases))
    assert best_threshold(margin[order].astype(np.float64), is_true[order]) == found


@pytest.mark.parametrize(
    ("margins", "kinds", "threshold"),
    [
        ([1, 3], [False, True], 2),
        ([1, 3], [True, True], 0.5),
        ([1, 3], [False, False], 3.5),
        ([0, 1, 2, 3], [False, True, False, True], 2.5),
    ],
)
def test_where_it_lies(margins: list[float], kinds: list[bool], threshold: float) -> None:
    assert best_threshold(np.array(margins, np.float64), np.array(kinds)) == threshold


def judged(sizes: list[tuple[int, int]]) -> DevMargins:
    """So many true and false triples of each relation; its number is added to all margins."""
    rows = [
        row
        for relation, (true, false) in enumerate(sizes)
        for row in [(relation + 1, 1, relation)] * true + [(relation, 0, relation)] * false
    ]
    margin, is_true, relation = (np.array(column) for column in zip(*rows, strict=True))
    return DevMargins(margin.astype(np.float64), is_true > 0, relation, np.arange(len(rows)) % 2 == 0)


def test_relations_of_their_own() -> None:
    data = judged([(10, 90), (9, 200), (60, 40), (50, 49), (200, 9)])
    enough = relations_with_enough(data)
    assert enough == [0, 2]
    found = Thresholds.fit(data, enough)
    assert found.by_relation == {0: 0.5, 2: 2.5}
    assert found.all == best_threshold(data.margin, data.is_true)
    assert found.of(np.array([2, 1, 0])).tolist() == [2.5, found.all, 0.5]
    assert Thresholds.fit(data.where(data.relation == 0), enough).by_relation == {0: 0.5}
