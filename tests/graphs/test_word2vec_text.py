import numpy as np
import pytest

from graphs import word2vec_text
from graphs.errors import DataError
from graphs.word2vec_text import check_spaces, word2vec_lines, word_of


def test_lines(monkeypatch):
    monkeypatch.setattr(word2vec_text, "AT_ONCE", 2)
    table = np.array([[1, 0.1], [-2.5, 1e-30], [0, 3e38]], np.float32)
    lines = list(word2vec_lines(["a", "b c", "d"], [table], 3, 2))
    assert lines == ["3 2", "a 1 0.1", "b c -2.5 1e-30", "d 0 3e+38"]


@pytest.mark.parametrize(("name", "word"), [("ab", "ab"), ("New York", "New_York"), ("a\u00a0b\tc\n", "a_b_c_")])
def test_a_name_as_one_word(name, word):
    assert word_of(name) == word


def test_names_that_keep_their_spaces():
    check_spaces("kg", "New York")
    with pytest.raises(DataError, match=r"kg: expected names without tabs and line ends, found 'a\\tb'"):
        check_spaces("kg", "a\tb")
