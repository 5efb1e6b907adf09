"""Items laid out as pieces, and what is asked of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbert.behaviour.laying import CLS, FIRST, MASK, PAD, SEP, hide, lay

ITEMS = np.arange(10, 20, dtype=np.int32)


def pieces(*items):
    return [FIRST + item for item in items]


def test_hidden_items_are_asked_for_where_they_stood():
    laid = lay(ITEMS, np.array([0, 7]), np.array([3, 1]), [np.array([1]), np.array([0])], causal=False)
    assert laid.ids.tolist() == [[CLS, FIRST + 10, MASK, FIRST + 12, SEP], [CLS, MASK, SEP, PAD, PAD]]
    assert laid.ids[laid.row, laid.column].tolist() == [MASK, MASK]
    assert laid.target.tolist() == [11, 17]
    assert laid.real.sum(1).tolist() == [5, 3]


def test_the_next_item_is_a_hidden_one_behind_the_last():
    laid = lay(ITEMS, np.array([0, 5]), np.array([2, 0]), None, causal=False, asks_next=True)
    assert laid.ids.tolist() == [[CLS, *pieces(10, 11), MASK, SEP], [CLS, MASK, SEP, PAD, PAD]]
    assert (laid.row.tolist(), laid.column.tolist()) == ([0, 1], [3, 1])


def test_read_causally_each_item_is_asked_for_from_those_before_it():
    laid = lay(ITEMS, np.array([0, 7]), np.array([3, 1]), None, causal=True)
    assert laid.ids.tolist() == [[CLS, *pieces(10, 11)], [CLS, PAD, PAD]]
    assert list(zip(laid.row.tolist(), laid.column.tolist(), laid.target.tolist(), strict=True)) == [
        (0, 0, 10),
        (0, 1, 11),
        (0, 2, 12),
        (1, 0, 17),
    ]


def test_what_follows_on_the_last_is_asked_for_at_the_last():
    laid = lay(ITEMS, np.array([0, 7]), np.array([3, 0]), None, causal=True, asks_next=True)
    assert laid.ids.tolist() == [[CLS, *pieces(10, 11, 12)], [CLS, PAD, PAD, PAD]]
    assert (laid.row.tolist(), laid.column.tolist()) == ([0, 1], [3, 0])


@given(lengths=st.lists(st.integers(0, 9), min_size=1, max_size=6), rate=st.floats(0, 1), seed=st.integers(0, 99))
def test_one_item_at_least_is_hidden_and_no_target_is_read(lengths, rate, seed):
    taken, first = np.array(lengths), np.zeros(len(lengths), dtype=np.int64)
    generator = np.random.default_rng(seed)
    hidden = hide(taken, rate, generator, last=generator.random(len(taken)) < 0.5)
    laid = lay(ITEMS, first, taken, hidden, causal=False)
    counts = np.bincount(laid.row.numpy(), minlength=len(taken))
    assert ((counts > 0) == (taken > 0)).all()
    for row, target in zip(laid.row.tolist(), laid.target.tolist(), strict=True):
        assert FIRST + target not in laid.ids[row].tolist()  # all items are unlike one another here


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_items_are_hidden_as_often_as_asked(rate):
    """Of 4,000 windows of 50; one at least makes next to no difference."""
    taken = np.full(4_000, 50)
    hidden = hide(taken, rate, np.random.default_rng(0), last=np.zeros(4_000, dtype=bool))
    assert sum(map(len, hidden)) / taken.sum() == pytest.approx(rate, abs=0.005)
    assert np.unique(np.concatenate(hidden)).tolist() == list(range(50))  # the last place among them


def test_the_last_item_alone():
    hidden = hide(np.array([3, 1, 0]), 1.0, np.random.default_rng(0), last=np.ones(3, dtype=bool))
    assert [some.tolist() for some in hidden] == [[2], [0], []]
