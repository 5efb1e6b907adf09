"""Some of the examples of a file."""

import pytest

from graphs.corpora._slices import wanted
from graphs.errors import OptionsError


@pytest.mark.parametrize(
    ("examples", "found"), [(":", "abcd"), ("1:3", "bc"), (":2", "ab"), ("-1:", "d"), (":-1", "abc"), ("2:9", "cd")]
)
def test_which_are_taken(examples, found):
    assert "abcd"[wanted(examples)] == found


@pytest.mark.parametrize("examples", ["", "3", "1:2:3", "a:", "1:2 ", "+1:"])
def test_what_is_no_slice(examples):
    with pytest.raises(OptionsError, match="examples: expected FIRST:END, such as 0:500 or -100:, found"):
        wanted(examples)
