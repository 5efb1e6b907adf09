import pytest

from graphs.errors import DataError, Skipped, stop
from graphs.numbered import check_count, numbered


def test_names_and_numbers(tmp_path):
    path = tmp_path / "entity2id.txt"
    path.write_text("3\nQ1\t2\nNew York 0\nNew\tYork\t1\n")
    assert list(numbered(path, "entity", stop)) == [(2, "Q1", "2"), (3, "New York", "0"), (4, "New\tYork", "1")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x:1: expected the number of lines that follow, found ''"),
        ("Q1\t0\n", r"x:1: expected the number of lines that follow, found 'Q1\\t0'"),
        ("2\nQ1\t0\n", "x:1: expected the number of lines that follow, 1, found 2"),
        ("1\nQ1\n", r"x:2: expected 2 columns \(entity, its number\), found 'Q1'"),
        ("1\nQ1\t-1\n", "x:2: expected 2 columns"),
        ("1\n\t1\n", "x:2: expected 2 columns"),
        ("1\nQ\0\t1\n", "x:2: expected 2 columns"),
    ],
)
def test_a_bad_line(tmp_path, text, message):
    (tmp_path / "x").write_text(text)
    with pytest.raises(DataError, match=message):
        list(numbered(tmp_path / "x", "entity", stop))


def test_bad_lines_are_left_out(tmp_path):
    (tmp_path / "x").write_text("9\nQ1\nQ2\t0\n")
    skipped = Skipped(2)
    assert list(numbered(tmp_path / "x", "entity", skipped)) == [(3, "Q2", "0")]
    assert [error.line for error in skipped.errors] == [1, 2]
    check_count(tmp_path / "x", Skipped(1))
