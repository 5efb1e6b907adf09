import pytest

from graphs.errors import OptionsError
from graphs.options import check_choice, check_range, check_share


@pytest.mark.parametrize("value", [-1, 1, 2, float("nan")])
def test_a_value_out_of_range(value):
    with pytest.raises(OptionsError, match=f"dropout: expected at least 0 and less than 1, found {value}"):
        check_range("dropout", value, 0, below=1)


def test_a_value_in_range():
    check_range("dropout", 0, 0, below=1)
    check_range("max_facts", 10**9, 0)
    check_range("warmup", 1, 0, most=1)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("inf"), float("nan")])
def test_a_value_beyond_the_most(value):
    with pytest.raises(OptionsError, match=f"warmup: expected at least 0 and at most 1, found {value}"):
        check_range("warmup", value, 0, most=1)


@pytest.mark.parametrize("value", [0, 1, -0.1, float("nan")])
def test_a_share_of_none_or_all(value):
    check_share("masked", 0.15)
    with pytest.raises(OptionsError, match=f"masked: expected more than 0 and less than 1, found {value}"):
        check_share("masked", value)


def test_choices():
    check_choice("order", "b", ("a", "b", "c"))
    with pytest.raises(OptionsError, match="order: expected a, b or c, found 'd'"):
        check_choice("order", "d", ("a", "b", "c"))
