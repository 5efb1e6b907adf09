import json
import os

import pytest

from graphs.errors import OptionsError
from graphs.files import check_free_file, replace_file, write_json


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


def test_where_a_file_can_be_written(tmp_path):
    check_free_file(tmp_path / "new", overwrite=False)
    (tmp_path / "old").touch()
    with pytest.raises(OptionsError, match="old is there already: name another file, or pass --overwrite"):
        check_free_file(tmp_path / "old", overwrite=False)
    check_free_file(tmp_path / "old", overwrite=True)
    with pytest.raises(OptionsError, match="is there already: name a file"):
        check_free_file(tmp_path, overwrite=True)
