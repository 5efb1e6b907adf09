"""Behaviour in RecBole's atomic files."""

import pytest

from graphs.behaviour_records import Attributes, Event, Friends, Item
from graphs.behaviours.recbole import read
from graphs.errors import DataError


def written(tmp_path, name, *lines):
    (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return tmp_path / name


def test_interactions(tmp_path):
    path = written(tmp_path, "x.inter", "user_id:token\titem_id:token\trating:float\ttimestamp:float", "1\t2\t3\t4")
    assert list(read(path)) == [Event("1", "2", 4.0, 3.0)]


def test_users(tmp_path):
    path = written(tmp_path, "x.user", "user_id:token\tage:token\theight:float", "1\t24\t180.5", "2\t\t")
    assert list(read(path)) == [
        Attributes("1", {"age": "24", "height": 180.5}, typed=True, line=2),
        Attributes("2", {"age": None, "height": None}, typed=True, line=3),
    ]


def test_items_links_and_a_network(tmp_path):
    path = written(tmp_path, "x.item", "item_id:token\tmovie_title:token_seq\tclass:token_seq", "1\tA Way\tDrama")
    assert list(read(path)) == [Item("1", "A Way", line=2)]
    path = written(tmp_path, "x.link", "item_id:token\tentity_id:token", "1\tm.01")
    assert list(read(path)) == [Item("1", entity="m.01", line=2)]
    path = written(tmp_path, "x.net", "source_id:token\ttarget_id:token", "1\t2")
    assert list(read(path)) == [Friends("1", "2")]


@pytest.mark.parametrize("cell", ["item_id", "item_id:tokens", ":token"])
def test_a_header_without_types(tmp_path, cell):
    path = written(tmp_path, "x.inter", f"user_id:token\t{cell}", "1\t2")
    with pytest.raises(DataError, match=rf"x.inter:1: expected names with a type .*, found '{cell}'"):
        list(read(path))
