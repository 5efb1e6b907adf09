"""Ranks of next items, and metrics of them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score, top_k_accuracy_score

from graphs.errors import DataError
from kbert.behaviour import ranks
from kbert.behaviour.histories import Histories
from kbert.behaviour.ranks import SCORES, USERS, Ranked, gains, ranked, users_at_once
from kbert.behaviour.sampling import Sampling


def histories(users, catalogue):
    offsets = np.cumsum([0, *map(len, users)])
    return Histories(offsets, np.array([i for user in users for i in user], np.int32), catalogue)


def questions(users, catalogue):
    return histories(users, catalogue).questions("test")


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


def test_histories_of_like_length_are_read_together_and_of_a_large_catalogue_fewer(monkeypatch):
    assert users_at_once(1_000) == users_at_once(0) == USERS
    assert users_at_once(1_000_000) == 16
    assert users_at_once(2 * SCORES) == 1
    asked = questions([[0] * length for length in (3, 7, 4, 6, 5)], 9)
    scores = torch.rand(5, 9)
    expected = ranked(asked, lambda some, which: scores[which])
    read = []

    def scorer(some, which):
        read.append(some.lengths[which].tolist())
        return scores[which]

    monkeypatch.setattr(ranks, "SCORES", 20)
    found = ranked(asked, scorer)
    assert read == [[6, 5], [4, 3], [2]]
    for name in ("kept", "excluded", "tied"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()


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


def test_scores_that_are_no_numbers_are_refused():
    """Nothing is before them, so that they would be ranked best of all."""
    scores = torch.zeros(3, 101)
    scores[1, 7] = torch.nan
    with pytest.raises(DataError, match="scores: expected numbers, found NaN for 1 of 3 users"):
        ranked(questions([[0, 1, 2]] * 3, 101), lambda some, which: scores[which])


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


def test_ranks_among_drawn_rivals_by_brute_force():
    random = np.random.default_rng(0)
    users = [random.integers(30, size=5).tolist() for _ in range(USERS + 9)]
    every, asked = histories(users, 30), questions(users, 30)
    scores = torch.from_numpy(random.integers(4, size=(len(asked), 30)).astype(np.float32))
    sampling = Sampling(10, "popular")
    found = ranked(
        asked,
        lambda some, which: scores[which],
        draw=lambda which: sampling.draw(asked, which, every, every.learnt.popularity()),
    )
    assert found.sampled is not None
    for place, row in enumerate(sampling.draw(asked, np.arange(len(asked)), every, every.learnt.popularity())):
        own, rivals = scores[place, asked.answers[place]], scores[place, row]
        assert found.sampled[place] == 1 + sum(rivals > own) + sum(rivals == own) / 2
        assert found.tied[place] == (rivals == own).any()
    assert found.metrics("sampled")["mrr"] == pytest.approx((1 / found.sampled).mean())
    some = np.arange(len(asked)) < 3
    assert found.where(some).metrics("sampled")["mrr"] == pytest.approx((1 / found.sampled[:3]).mean())


@given(st.lists(st.integers(2, 60).map(lambda twice: twice / 2), min_size=1, max_size=9))
def test_metrics_are_means_of_gains(found):
    found = np.array(found)
    gained = gains(found)
    metrics = Ranked(found, found, found > 3).metrics()
    assert {name: pytest.approx(gain.mean()) for name, gain in gained.items()} == {
        name: value for name, value in metrics.items() if name != "tied"
    }
    assert all(((gain >= 0) & (gain <= 1)).all() for gain in gained.values())
    for name, gain in gained.items():
        assert (np.diff(gain[np.argsort(found)]) <= 0).all(), f"{name}: a later rank is no better"
