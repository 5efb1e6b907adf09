"""Runs that are alike in all but their seeds."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.errors import OptionsError
from kbert.grouping import grouped_by


@given(st.lists(st.integers(0, 4), max_size=9))
def test_groups_are_those_of_brute_force(keys):
    found = grouped_by(keys, range(len(keys)), [Path(str(i)) for i in range(len(keys))])
    assert found == [[i for i, other in enumerate(keys) if other == key] for key in dict.fromkeys(keys)]


def test_a_run_named_twice_is_refused():
    folders = [Path(name) for name in "abcd"]
    with pytest.raises(OptionsError, match=r"^b and d are the same run: name it once$"):
        grouped_by([1, 2, 2, 2], [0, 0, 1, 0], folders)
    assert grouped_by([1, 2, 2, 3], [0, 0, 1, 0], folders) == [[0], [1, 2], [3]]
