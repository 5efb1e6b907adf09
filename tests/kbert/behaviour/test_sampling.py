"""Rivals that are drawn."""

import numpy as np
import pytest

from graphs.errors import OptionsError
from kbert.behaviour.histories import Histories
from kbert.behaviour.sampling import Sampling


def questions(users, catalogue):
    offsets = np.cumsum([0, *map(len, users)])
    return Histories(offsets, np.array([i for user in users for i in user], np.int32), catalogue).questions("test")


@pytest.mark.parametrize("how", ["uniform", "popular"])
def test_drawn_rivals_are_different_items_that_the_user_never_had(how):
    random = np.random.default_rng(0)
    asked = questions([random.integers(40, size=8).tolist() for _ in range(20)], 40)
    counts = random.integers(1, 9, size=40)
    sampling = Sampling(15, how, seed=3)
    every = np.arange(len(asked))
    drawn = sampling.draw(asked, every, counts)
    assert drawn.shape == (20, 15)
    for place, row in enumerate(drawn.tolist()):
        history = asked.items[asked.offsets[place] : asked.offsets[place + 1]].tolist()
        assert len({*row}) == 15
        assert not {*row} & {*history, asked.answers[place]}
    assert (sampling.draw(asked, every[7:9], counts) == drawn[7:9]).all()
    assert (Sampling(15, how, seed=4).draw(asked, every, counts) != drawn).any()


@pytest.mark.parametrize("how", ["uniform", "popular"])
def test_rivals_are_drawn_as_often_as_numpy_draws_without_putting_back(how):
    counts = np.array([1, 2, 3, 10, 4, 0, 5])
    asked = questions([[0, 1, 6]] * 4000, 7)
    asked.users[:] = np.arange(4000)
    found = np.bincount(Sampling(2, how).draw(asked, np.arange(4000), counts).ravel(), minlength=7) / 4000
    weights = np.where([False, False, True, True, True, True, False], counts if how == "popular" else 1, 0)
    random = np.random.default_rng(1)
    by_numpy = [random.choice(7, size=2, replace=False, p=weights / weights.sum()) for _ in range(4000)]
    np.testing.assert_allclose(found, np.bincount(np.ravel(by_numpy), minlength=7) / 4000, atol=0.04)


def test_rivals_that_there_are_not(unchecked):
    asked = questions([[0, 1, 2]], 7)
    with pytest.raises(OptionsError, match=r"negatives: expected at most the 4 items that a user never had, found 5"):
        Sampling(5).draw(asked, np.array([0]), np.ones(7, dtype=np.int64))
    with pytest.raises(OptionsError, match=r"expected at most the 2 items that a user never had, found 4"):
        Sampling(4, "popular").draw(asked, np.array([0]), np.array([5, 5, 5, 0, 1, 2, 0]))
    with pytest.raises(OptionsError, match="negatives: expected at least 1, found 0"):
        Sampling(0)
    with pytest.raises(OptionsError, match="sampling: expected uniform or popular, found 'even'"):
        Sampling(1, "even")
