"""Batches: every text once, no batch too large, the same for the same seed."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from kbert.batches import evaluation_batches, pieces_at_once, training_batches

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=60)
SIZE, BUDGET = st.integers(1, 8), st.integers(10, 90)


def check(batches: list[np.ndarray], lengths: np.ndarray, batch_size: int, max_padded: int) -> None:
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    for batch in batches:
        assert 0 < len(batch) <= batch_size
        assert len(batch) * lengths[batch].max() <= max_padded or len(batch) == 1


@given(LENGTHS, SIZE, BUDGET, st.integers(0, 3), st.integers(0, 3))
def test_training(lengths: list[int], batch_size: int, max_padded: int, seed: int, epoch: int) -> None:
    array = np.array(lengths, dtype=np.int64)
    batches = [
        training_batches(array, batch_size=batch_size, max_padded=max_padded, seed=seed, epoch=epoch) for _ in "ab"
    ]
    check(batches[0], array, batch_size, max_padded)
    assert [batch.tolist() for batch in batches[0]] == [batch.tolist() for batch in batches[1]]


@given(LENGTHS, SIZE, BUDGET)
def test_evaluation(lengths: list[int], batch_size: int, max_padded: int) -> None:
    array = np.array(lengths, dtype=np.int64)
    batches = evaluation_batches(array, batch_size=batch_size, max_padded=max_padded)
    check(batches, array, batch_size, max_padded)
    inside = array[np.concatenate(batches)]
    assert (np.diff(inside) <= 0).all()


def test_other_seeds_and_epochs_have_other_orders() -> None:
    lengths = np.random.default_rng(0).integers(1, 50, 500)
    orders = {
        tuple(np.concatenate(training_batches(lengths, batch_size=8, max_padded=400, seed=seed, epoch=epoch)).tolist())
        for seed in (0, 1)
        for epoch in (0, 1)
    }
    assert len(orders) == 4


def test_little_is_padded() -> None:
    lengths = np.random.default_rng(0).integers(1, 100, 4_000)
    batches = training_batches(lengths, batch_size=32, max_padded=10_000, seed=0, epoch=0)
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    assert padded < 1.05 * lengths.sum()


def test_a_text_longer_than_the_budget_is_alone() -> None:
    lengths = np.array([5, 100, 5])
    assert sorted(map(len, evaluation_batches(lengths, batch_size=8, max_padded=20))) == [1, 2]


def test_a_gpu_reads_more_together() -> None:
    assert pieces_at_once(torch.device("cpu")) < pieces_at_once(torch.device("cuda"))
