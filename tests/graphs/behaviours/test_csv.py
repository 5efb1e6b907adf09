"""Behaviour in comma-separated tables."""

import pytest

from graphs.behaviour_records import Event, Item
from graphs.behaviours.csv import read
from graphs.errors import DataError


def test_quoted_cells(tmp_path):
    path = tmp_path / "items.csv"
    path.write_text('item,label\na,"One, two"\nb,"said ""no"""\n', encoding="utf-8")
    assert list(read(path)) == [Item("a", "One, two", line=2), Item("b", 'said "no"', line=3)]


def test_another_delimiter(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("user;item;time\nu;a;2\n", encoding="utf-8")
    assert list(read(path, delimiter=";")) == [Event("u", "a", 2.0)]
    path.write_text("", encoding="utf-8")
    with pytest.raises(DataError, match=r"events.csv:1: expected a header line, found an empty file"):
        list(read(path))
