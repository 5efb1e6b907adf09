"""Ranks of next items, and metrics of them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score, top_k_accuracy_score

from kbert.behaviour.histories import Histories
from kbert.behaviour.ranks import USERS, Ranked, ranked


def questions(users, catalogue):
    offsets = np.cumsum([0, *map(len, users)])
    return Histories(offsets, np.array([i for user in users for i in user], np.int32), catalogue).questions("test")


def by_brute_force(scores, history, answer, *, excluded):
    """One item after another."""
    rivals = [i for i in range(len(scores)) if i != answer and not (excluded and i in history)]
    above = sum(scores[i] > scores[answer] for i in rivals)
    return 1 + above + sum(scores[i] == scores[answer] for i in rivals) / 2


@given(data=st.data())
def test_ranks_are_those_of_brute_force(data):
    catalogue = data.draw(st.integers(3, 9))
    users = data.draw(st.lists(st.lists(st.integers(0, catalogue - 1), min_size=3, max_size=6), min_size=1, max_size=5))
    asked = questions(users, catalogue)
    rows = st.lists(st.integers(-2, 2), min_size=catalogue, max_size=catalogue)
    scores = torch.tensor([data.draw(rows) for _ in users], dtype=torch.float32)
    found = ranked(asked, lambda some, which: scores[which])
    for i, user in enumerate(users):
        row, answer, history = scores[i].tolist(), user[-1], user[:-1]
        assert found.kept[i] == by_brute_force(row, history, answer, excluded=False)
        assert found.excluded[i] == by_brute_force(row, history, answer, excluded=True)
        assert found.tied[i] == (row.count(row[answer]) > 1)


def test_metrics_are_those_of_scikit_learn():
    """Without ties, which it counts otherwise."""
    catalogue, random = 40, np.random.default_rng(0)
    users = [random.integers(catalogue, size=4).tolist() for _ in range(USERS + 30)]
    asked = questions(users, catalogue)
    scores = random.permuted(np.tile(np.arange(catalogue, dtype=np.float32), (len(users), 1)), axis=1)
    found = ranked(asked, lambda some, which: torch.from_numpy(scores[which])).metrics()
    right = np.zeros_like(scores)
    right[np.arange(len(users)), asked.answers] = 1
    labels = np.arange(catalogue)
    for most in (5, 10, 20):
        assert found[f"recall@{most}"] == pytest.approx(
            top_k_accuracy_score(asked.answers, scores, k=most, labels=labels)
        )
        assert found[f"ndcg@{most}"] == pytest.approx(ndcg_score(right, scores, k=most))
    assert found["mrr"] == pytest.approx(label_ranking_average_precision_score(right, scores))
    assert found["tied"] == 0.0


def test_scores_that_are_all_alike_are_no_better_than_chance():
    asked = questions([[0, 1, 2]] * 3, 101)
    found = ranked(asked, lambda some, which: torch.zeros(len(which), 101))
    assert (found.kept == 51).all()
    assert (found.excluded == 50).all()
    assert found.metrics()["recall@10"] == 0.0
    assert found.metrics()["tied"] == 1.0


def test_seen_items_are_left_out_of_the_second_figures():
    ranks = Ranked(np.array([11.0, 1.0]), np.array([9.0, 1.0]), np.array([False, False]))
    assert ranks.metrics()["recall@10"] == 0.5
    assert ranks.metrics("excluded")["recall@10"] == 1.0


def test_progress_is_told():
    told = []
    ranked(
        questions([[0, 1, 2]] * (USERS + 1), 3), lambda some, which: torch.zeros(len(which), 3), on_users=told.append
    )
    assert told == [USERS, 1]
