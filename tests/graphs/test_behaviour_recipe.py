"""What is kept of records of behaviour, and what cannot be asked."""

import pytest

from graphs.behaviour_recipe import BehaviourRecipe
from graphs.errors import OptionsError


def test_what_cannot_be_kept():
    with pytest.raises(OptionsError, match="the attribute 'age' is named twice as number, category or one to ignore"):
        BehaviourRecipe(numbers=("age",), ignore=("age",))
    with pytest.raises(OptionsError, match="repeats: expected keep, first or last, found 'all'"):
        BehaviourRecipe(repeats="all")
