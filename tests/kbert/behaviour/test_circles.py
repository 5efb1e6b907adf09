"""Who is near whom."""

import numpy as np

from kbert.behaviour.circles import Circles

PAIRS = [(0, 1), (1, 2), (3, 4)]


def test_circles_are_friends_of_friends_and_oneself(behaviour):
    circles = Circles(behaviour(friends=PAIRS))
    everyone = np.arange(6)
    assert circles.strangers(everyone, everyone).tolist() == [
        [False, False, False, True, True, True],
        [False, False, False, True, True, True],
        [False, False, False, True, True, True],
        [True, True, True, False, False, True],
        [True, True, True, False, False, True],
        [True, True, True, True, True, False],
    ]
    left = np.array([True, True, False, True, True, True])
    assert circles.draw(1, left, np.random.default_rng(0)) == 0
    assert circles.draw(5, left, np.random.default_rng(0)) is None
