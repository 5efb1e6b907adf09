"""Rows of comma-separated values."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.csv_rows import csv_rows
from graphs.errors import DataError, OptionsError, Skipped, stop


@pytest.fixture
def file(tmp_path):
    def make(text):
        (tmp_path / "t.csv").write_text(text, encoding="utf-8", newline="")
        return tmp_path / "t.csv"

    return make


def test_a_row_of_several_lines_has_the_number_of_its_first(file):
    assert list(csv_rows(file('a,"b\nc"\nd,e\n'), ",", stop)) == [(1, ["a", "b\nc"]), (3, ["d", "e"])]


def test_a_bad_row_is_passed_over_where_asked(file):
    bad = Skipped(1)
    assert list(csv_rows(file('a;"b"c\nd;e\n'), ";", bad)) == [(2, ["d", "e"])]
    assert "t.csv:1: expected a row of CSV (quotation marks in a quoted cell doubled)" in str(bad.errors[0])
    with pytest.raises(DataError, match=r"t.csv:1: expected a row of CSV"):
        list(csv_rows(file('a,"b"c\n'), ",", stop))


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n"])
def test_delimiters_that_are_none(file, delimiter):
    with pytest.raises(OptionsError, match="delimiter: expected one character, not a quotation mark"):
        list(csv_rows(file("a\n"), delimiter, stop))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6)


@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=4))
def test_what_python_writes_is_read_again(tmp_path_factory, rows):
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_text(written.getvalue(), encoding="utf-8", newline="")
    assert [cells for _, cells in csv_rows(path, ",", stop)] == rows
