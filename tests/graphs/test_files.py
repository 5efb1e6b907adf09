import errno
import json
import os

import pytest

from graphs.errors import OptionsError
from graphs.files import check_free_file, link_or_copy, replace_file, replace_files, write_json


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


def test_files_take_their_places_when_all_are_written(tmp_path):
    (tmp_path / "a").write_text("old")
    (tmp_path / "c").write_text("kept")
    with replace_files(tmp_path) as beside:
        for name in ("a", "b"):
            (beside / name).write_text("new")
        assert (tmp_path / "a").read_text() == "old"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "new", "b": "new", "c": "kept"}


def test_a_failure_leaves_the_old_files_and_a_killed_run_nothing_for_the_next(tmp_path):
    (tmp_path / "a").write_text("old")

    def fail(beside):
        (beside / "a").write_text("new")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"), replace_files(tmp_path) as beside:
        fail(beside)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"
    beside.mkdir()
    (beside / "half").write_text("of a killed run")
    with replace_files(tmp_path) as beside:
        (beside / "a").write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


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


def test_a_file_has_a_second_name(tmp_path):
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    for _ in range(2):
        link_or_copy(tmp_path / "a", tmp_path / "b")
        assert (tmp_path / "b").samefile(tmp_path / "a")
        assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_what_a_symbolic_link_leads_to_has_a_second_name(tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs/a").write_text("a")
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot/a").symlink_to("../blobs/a")  # as the hub's cache has it
    link_or_copy(tmp_path / "snapshot/a", tmp_path / "a")
    assert not (tmp_path / "a").is_symlink()
    assert (tmp_path / "a").samefile(tmp_path / "blobs/a")


@pytest.mark.parametrize(("number", "copied"), [(errno.EXDEV, True), (errno.EPERM, True), (errno.ENOSPC, False)])
def test_a_file_is_copied_where_it_cannot_be_linked(tmp_path, monkeypatch, number, copied):
    def refuse(source, target):
        raise OSError(number, os.strerror(number))

    (tmp_path / "a").write_text("a")
    monkeypatch.setattr(os, "link", refuse)
    if not copied:
        with pytest.raises(OSError, match="No space"):
            link_or_copy(tmp_path / "a", tmp_path / "b")
        assert os.listdir(tmp_path) == ["a"]
        return
    link_or_copy(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_text() == "a"
    assert not (tmp_path / "b").samefile(tmp_path / "a")
