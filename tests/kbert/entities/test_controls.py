"""Controls: vectors that say nothing of whom they stand for."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbert.entities.controls import Controlled, other_rows
from kbert.entities.vectors import Vectors


@given(st.integers(2, 200))
def test_everybody_has_another_ones_and_each_is_had_once(count: int) -> None:
    others = other_rows(count)
    assert sorted(others.tolist()) == list(range(count))
    assert (others != np.arange(count)).all()
    assert np.array_equal(others, other_rows(count))


def test_one_alone_and_none_at_all() -> None:
    assert other_rows(1).tolist() == [0]
    assert other_rows(0).tolist() == []


@pytest.fixture
def vectors(vectors_of: Callable[..., Path]) -> Vectors:
    return Vectors.open(vectors_of(*"abcde", width=3))


def test_what_is_seen(vectors: Vectors) -> None:
    rows = np.array([3, 0, 3])
    own, zero, shuffled = (Controlled(vectors, control).take(rows) for control in ("none", "zero", "shuffled"))
    np.testing.assert_array_equal(own, vectors.take(rows))
    assert (zero.shape, zero.any(), zero.dtype) == ((3, 3), False, np.float32)
    np.testing.assert_array_equal(shuffled, vectors.take(other_rows(5)[rows]))
    assert not (shuffled == own).all(1).any()
