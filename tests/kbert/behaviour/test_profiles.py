"""What is known of users as targets."""

import numpy as np
import pytest

from graphs.behaviour import Attribute
from kbert.behaviour.profiles import Target

AGE = Attribute("number", np.array([20, np.nan, 40], np.float32), [])
TOWN = Attribute("category", np.array([1, -1, 0], np.float32), ["Bruges", "Ghent"])


def test_numbers_are_in_deviations_from_the_mean():
    target = Target.of("age", AGE)
    assert (target.mean, target.deviation, target.outputs) == (30.0, 10.0, 1)
    np.testing.assert_array_equal(target.values(AGE), np.float32([-1, np.nan, 1]))


def test_categories_are_their_numbers():
    target = Target.of("town", TOWN)
    assert (target.categories, target.outputs) == (("Bruges", "Ghent"), 2)
    np.testing.assert_array_equal(target.values(TOWN), np.float32([1, np.nan, 0]))


@pytest.mark.parametrize("numbers", [[np.nan, np.nan], [5, 5]])
def test_numbers_that_are_all_alike_or_unknown(numbers):
    attribute = Attribute("number", np.array(numbers, np.float32), [])
    target = Target.of("x", attribute)
    assert target.deviation == 1.0
    known = attribute.known
    assert (target.values(attribute)[known] == 0).all()
