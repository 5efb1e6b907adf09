"""Rivals that are drawn."""

import numpy as np
import pytest

from graphs.errors import OptionsError
from kbert.behaviour.histories import Histories
from kbert.behaviour.sampling import Sampling


def histories(users, catalogue):
    offsets = np.cumsum([0, *map(len, users)])
    return Histories(offsets, np.array([i for user in users for i in user], np.int32), catalogue)


@pytest.mark.parametrize("split", ["dev", "test"])
@pytest.mark.parametrize("how", ["uniform", "popular"])
def test_drawn_rivals_are_different_items_that_the_user_never_had(how, split):
    """Not even what test asks for where dev asks."""
    random = np.random.default_rng(0)
    users = [random.integers(40, size=8).tolist() for _ in range(20)]
    every = histories(users, 40)
    asked = every.questions(split)
    sampling, places = Sampling(12, how, seed=3), np.arange(len(asked))
    drawn = sampling.draw(asked, places, every, every.learnt.popularity())
    assert drawn.shape == (20, 12)
    for user, row in zip(users, drawn.tolist(), strict=True):
        assert len({*row}) == 12
        assert not {*row} & {*user}
    assert (sampling.draw(asked, places[7:9], every, every.learnt.popularity()) == drawn[7:9]).all()
    assert (Sampling(12, how, seed=4).draw(asked, places, every, every.learnt.popularity()) != drawn).any()


@pytest.mark.parametrize("how", ["uniform", "popular"])
def test_rivals_are_drawn_as_often_as_numpy_draws_without_putting_back(how):
    """By popularity of what is learnt: of the many users with two events all is, of the others the first."""
    counts = [0, 2, 3, 10, 4, 0, 5]
    learnt = [item for item, count in enumerate(counts) for _ in range(count)]
    every = histories([[0, 1, 6]] * 4000 + [[item] for item in learnt], 7)
    asked = every.questions("test")
    found = (
        np.bincount(
            Sampling(2, how).draw(asked, np.arange(4000), every, every.learnt.popularity()).ravel(), minlength=7
        )
        / 4000
    )
    weights = np.where([False, False, True, True, True, True, False], counts if how == "popular" else 1, 0)
    random = np.random.default_rng(1)
    by_numpy = [random.choice(7, size=2, replace=False, p=weights / weights.sum()) for _ in range(4000)]
    np.testing.assert_allclose(found, np.bincount(np.ravel(by_numpy), minlength=7) / 4000, atol=0.04)


def test_rivals_that_there_are_not(unchecked):
    every = histories([[0, 1, 2], [3], [4, 4]], 7)
    asked, one = every.questions("test"), np.array([0])
    with pytest.raises(OptionsError, match=r"negatives: expected at most the 4 items that a user never had, found 5"):
        Sampling(5).draw(asked, one, every, every.learnt.popularity())
    with pytest.raises(
        OptionsError, match=r"expected at most the 2 items that a user never had and that are learnt, found 4"
    ):
        Sampling(4, "popular").draw(asked, one, every, every.learnt.popularity())
    with pytest.raises(OptionsError, match="negatives: expected at least 1, found 0"):
        Sampling(0)
    with pytest.raises(OptionsError, match="sampling: expected uniform or popular, found 'even'"):
        Sampling(1, "even")


def test_rivals_have_a_name_by_all_that_makes_them():
    assert Sampling(50, "popular", 3).name == "popular-50-3"
    assert Sampling().name == "uniform-100-0"
