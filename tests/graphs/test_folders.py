import os
import signal
import subprocess
import sys

import pytest

from graphs.errors import StoreError
from graphs.folders import claimed, locked, put_in_place


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
