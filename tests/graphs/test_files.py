import json
import os

import pytest

from graphs.files import new_folder, replace_file, write_json


def test_a_file_takes_its_place_whole(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    with replace_file(path) as beside:
        beside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["x"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")

    def fail(beside):
        beside.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), replace_file(path) as beside:
        fail(beside)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x"]


def test_equal_values_give_equal_bytes(tmp_path):
    write_json(tmp_path / "a", {"b": 1, "a": ["é", None]})
    write_json(tmp_path / "b", {"a": ["é", None], "b": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert json.loads((tmp_path / "a").read_text(encoding="utf-8")) == {"a": ["é", None], "b": 1}
    assert "é" in (tmp_path / "a").read_text(encoding="utf-8")


def test_a_folder_takes_its_name_whole(tmp_path):
    out = tmp_path / "deep" / "out"
    (out.with_name(".out.partial")).mkdir(parents=True)
    (out.with_name(".out.partial") / "left").write_text("half")
    with new_folder(out) as folder:
        (folder / "x").write_text("new")
        assert not out.exists()
    assert [path.name for path in out.iterdir()] == ["x"]
    assert os.listdir(out.parent) == ["out"]


def test_a_folder_that_is_not_filled_is_not_there(tmp_path):
    def fail(folder):
        (folder / "x").write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), new_folder(tmp_path / "out") as folder:
        fail(folder)
    assert os.listdir(tmp_path) == []
