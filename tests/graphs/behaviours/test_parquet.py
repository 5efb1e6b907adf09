"""Behaviour in Parquet."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphs.behaviour_records import Attributes, Event, Item
from graphs.behaviours.parquet import read
from graphs.errors import DataError


def test_what_the_file_knows_of_types_is_kept(tmp_path):
    table = {
        "user": pa.array([7, 8]),
        "item": pa.array(["a", "b"]),
        "time": pa.array([datetime(1970, 1, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)]),
        "rating": pa.array([4.5, None]),
    }
    pq.write_table(pa.table(table), tmp_path / "events.parquet")
    assert list(read(tmp_path / "events.parquet")) == [
        Event("7", "a", 3_600.0, 4.5, dated=True),
        Event("8", "b", 86_400.0, None, dated=True),
    ]


def test_attributes_are_numbers_where_the_column_is(tmp_path):
    table = {"user": pa.array(["u", "v"]), "age": pa.array([30, None]), "code": pa.array(["1", "2"])}
    pq.write_table(pa.table(table), tmp_path / "users.parquet")
    assert list(read(tmp_path / "users.parquet")) == [
        Attributes("u", {"age": 30.0, "code": "1"}, typed=True, line=1),
        Attributes("v", {"age": None, "code": "2"}, typed=True, line=2),
    ]


def test_entities_of_items(tmp_path):
    table = {"item": pa.array([7, 8]), "title": pa.array(["A Way", "A Sea"]), "entity": pa.array(["Q1", None])}
    pq.write_table(pa.table(table), tmp_path / "items.parquet")
    assert list(read(tmp_path / "items.parquet")) == [Item("7", "A Way", "Q1", 1), Item("8", "A Sea", line=2)]


@pytest.mark.parametrize(
    ("column", "cells", "message"),
    [
        ("user", pa.array(["u", None]), "2: expected a name as user, found None"),
        ("user", pa.array([1.5, 2.0]), "1: expected a name as user, found 1.5"),
        ("time", pa.array([1.0, None]), "2: expected a time"),
        ("time", pa.array([True, False]), "1: expected a time"),
        ("rating", pa.array([True, False]), "1: expected a number of at most 3.403e\\+38, found True"),
    ],
)
def test_rows_are_told_by_their_number(tmp_path, column, cells, message):
    table = {"user": pa.array(["u", "u"]), "item": pa.array(["a", "b"]), "time": pa.array([date(2000, 1, 1)] * 2)}
    pq.write_table(pa.table({**table, column: cells}), tmp_path / "events.parquet")
    with pytest.raises(DataError, match=rf"events.parquet:{message}"):
        list(read(tmp_path / "events.parquet"))


def test_no_parquet(tmp_path):
    (tmp_path / "events.parquet").write_text("user\titem\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"events.parquet: expected a Parquet file"):
        list(read(tmp_path / "events.parquet"))
    with pytest.raises(DataError, match=r"none.parquet: expected a file, found nothing there"):
        list(read(tmp_path / "none.parquet"))


def test_attributes_that_are_lists(tmp_path):
    table = {"user": pa.array(["u"]), "tags": pa.array([["a", "b"]]), "born": pa.array([date(2000, 1, 1)])}
    pq.write_table(pa.table(table), tmp_path / "users.parquet")
    with pytest.raises(DataError, match=r"users.parquet:1: expected a name or a number as tags, found \['a', 'b'\]"):
        list(read(tmp_path / "users.parquet"))
    del table["tags"]
    pq.write_table(pa.table(table), tmp_path / "users.parquet")
    assert next(read(tmp_path / "users.parquet")).told == {"born": "2000-01-01"}
