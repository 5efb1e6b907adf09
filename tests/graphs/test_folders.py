import os
import signal
import subprocess
import sys

import pytest

from graphs.errors import StoreError
from graphs.folders import claimed, is_free, locked, new_folder, put_in_place


def test_a_folder_takes_its_place(tmp_path):
    out = tmp_path / "deep" / "out"
    for text in ("old", "new"):
        with claimed(out, "run") as fresh:
            (fresh / "x").write_text(text)
            put_in_place(fresh, out)
    assert (out / "x").read_text() == "new"
    assert os.listdir(out.parent) == ["out"]


def test_what_an_earlier_run_left_is_there(tmp_path):
    with claimed(tmp_path / "out", "run") as fresh:
        (fresh / "x").write_text("half")
    with claimed(tmp_path / "out", "run") as fresh:
        assert (fresh / "x").read_text() == "half"


def test_one_at_a_time(tmp_path):
    with (
        claimed(tmp_path / "out", "run here"),
        pytest.raises(StoreError, match="out: expected no other run here, found one at work"),
        claimed(tmp_path / "out", "run here"),
    ):
        pass
    with claimed(tmp_path / "out", "run here"):
        pass


KILLED = """
import os, pathlib, sys
from graphs.folders import claimed, locked, put_in_place
out = pathlib.Path(sys.argv[1])
rename, left = pathlib.Path.rename, int(sys.argv[2])
def counted(path, target):
    global left
    if not left:
        os.kill(os.getpid(), 9)
    left -= 1
    rename(path, target)
pathlib.Path.rename = counted
with claimed(out, "run") as fresh:
    (fresh / "x").write_text("new")
    put_in_place(fresh, out)
"""


@pytest.mark.parametrize("renames", [0, 1])
def test_a_kill_between_the_renames_loses_nothing(tmp_path, renames):
    out = tmp_path / "out"
    out.mkdir()
    (out / "x").write_text("old")
    run = subprocess.run([sys.executable, "-c", KILLED, out, str(renames)], check=False)
    assert run.returncode == -signal.SIGKILL
    with claimed(out, "run") as fresh:
        assert (out / "x").read_text() == "old"
        assert (fresh / "x").read_text() == "new"
        put_in_place(fresh, out)
    assert (out / "x").read_text() == "new"
    assert os.listdir(tmp_path) == ["out"]


def test_a_lock_keeps_others_out(tmp_path):
    folder = tmp_path / "run"
    with locked(folder, "training of it"):
        for shared in (False, True):
            with (
                pytest.raises(StoreError, match="run: expected no training of it, found one at work"),
                locked(folder, "training of it", shared=shared),
            ):
                pass
    with locked(folder, "training of it", shared=True):
        with locked(folder, "training of it", shared=True):
            pass
        with pytest.raises(StoreError, match="found one at work"), locked(folder, "training of it"):
            pass


def test_a_locked_folder_into_which_nothing_came_goes_again(tmp_path):
    (tmp_path / "there").mkdir()
    with locked(tmp_path / "there" / "a" / "b", "run"):
        assert (tmp_path / "there" / "a" / "b").is_dir()
    assert list((tmp_path / "there").iterdir()) == []
    with locked(tmp_path / "there", "run"):
        pass
    with locked(tmp_path / "new" / "run", "run"):
        (tmp_path / "new" / "run" / "x").touch()
    assert sorted(os.listdir(tmp_path)) == ["new", "there"]


def test_a_folder_takes_its_name_whole(tmp_path):
    out = tmp_path / "deep" / "out"
    (out.with_name(".out.partial")).mkdir(parents=True)
    (out.with_name(".out.partial") / "left").write_text("half")
    with new_folder(out, "run") as folder:
        (folder / "x").write_text("new")
        assert not out.exists()
    assert [path.name for path in out.iterdir()] == ["x"]
    assert os.listdir(out.parent) == ["out"]


def test_a_folder_that_is_not_filled_is_not_there(tmp_path):
    def fail(folder):
        (folder / "x").write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), new_folder(tmp_path / "deep" / "out", "run") as folder:
        fail(folder)
    assert os.listdir(tmp_path) == []


def test_free_is_nothing_or_an_empty_folder(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    assert [is_free(tmp_path / name) for name in ("none", "empty", "file")] == [True, True, False]
    assert not is_free(tmp_path)


def test_one_folder_is_filled_at_a_time(tmp_path):
    with (
        new_folder(tmp_path / "out", "export") as folder,
        pytest.raises(StoreError, match="out: expected no other export, found one at work"),
        new_folder(tmp_path / "out", "export"),
    ):
        pass
    assert folder.name == ".out.partial"
    assert os.listdir(tmp_path) == ["out"]


def test_parents_that_were_made_for_nothing_go_again(tmp_path):
    (tmp_path / "there").mkdir()
    with claimed(tmp_path / "there" / "a" / "b", "run") as fresh:
        fresh.rmdir()
    assert os.listdir(tmp_path / "there") == []
    with claimed(tmp_path / "there" / "a" / "b", "run"):
        pass
    assert os.listdir(tmp_path / "there" / "a") == [".b.partial"]
