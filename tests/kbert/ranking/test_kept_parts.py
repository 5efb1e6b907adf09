"""Parts on disk: kept, taken up, refused, replaced."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from graphs.errors import OptionsError, StoreError
from kbert.ranking.kept_parts import kept_parts

WITH = {"model": "m", "part_size": 3}


def table(value: int) -> pa.Table:
    return pa.table({"x": [value]}).replace_schema_metadata({"n": "7"})


def never() -> pa.Table:
    raise AssertionError("a part that was kept is made anew")


def fill(folder: Path, count: int = 2, **overwrite: bool) -> None:
    with kept_parts(folder, WITH, overwrite=overwrite.get("overwrite", False)) as kept:
        for number in range(count):
            kept.get(number, lambda number=number: table(number))
        kept.finish({"done": count})


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_parts_are_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "rankings" / "test"
    fill(folder)
    assert list(contents(folder)) == ["manifest.json", "part-00000.parquet", "part-00001.parquet", "result.json"]
    with kept_parts(folder, WITH, overwrite=False) as kept:
        found = kept.get(1, never)
    assert found == table(1)
    assert found.schema.metadata == {b"n": b"7"}


def test_a_part_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AssertionError), kept_parts(tmp_path / "x", WITH, overwrite=False) as kept:
        kept.get(0, never)
    assert list(contents(tmp_path / "x")) == ["manifest.json"]


KILLED = """
import os, pathlib, signal, sys
import pyarrow as pa
from kbert.ranking import kept_parts
written = kept_parts.pq.write_table
def half(made, path):
    written(made, path)
    if "part-00001" in path.name:
        os.kill(os.getpid(), signal.SIGKILL)
kept_parts.pq.write_table = half
made_with = {"model": "m", "part_size": 3}
with kept_parts.kept_parts(pathlib.Path(sys.argv[1]), made_with, overwrite=False) as kept:
    for number in range(3):
        kept.get(number, lambda: pa.table({"x": [number]}).replace_schema_metadata({"n": "7"}))
"""


def test_what_a_killed_run_left_is_taken_up(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "killed"], cwd=Path(__file__).parents[3])
    assert killed.returncode == -9
    assert sorted(contents(tmp_path / "killed")) == [
        ".part-00001.parquet.partial",
        "manifest.json",
        "part-00000.parquet",
    ]
    fill(tmp_path / "killed", 3)
    fill(tmp_path / "unbroken", 3)
    assert contents(tmp_path / "killed") == contents(tmp_path / "unbroken")


def test_other_work_is_refused_or_replaced(tmp_path: Path) -> None:
    fill(tmp_path / "x")
    message = "x holds a ranking made with another model: take another --name, or pass --overwrite"
    other = {"model": "n", "part_size": 4}
    with pytest.raises(OptionsError, match=message), kept_parts(tmp_path / "x", other, overwrite=False):
        pass
    size = "x holds a ranking made with another part size: take another --name"  # which follows from nothing here
    with pytest.raises(OptionsError, match=size), kept_parts(tmp_path / "x", {**WITH, "part_size": 4}, overwrite=False):
        pass
    with kept_parts(tmp_path / "x", other, overwrite=True) as kept:
        assert kept.get(0, lambda: table(9)) == table(9)
    assert list(contents(tmp_path / "x")) == ["manifest.json", "part-00000.parquet"]
    fill(tmp_path / "x", overwrite=True)
    fill(tmp_path / "y")
    assert contents(tmp_path / "x") == contents(tmp_path / "y")


def test_a_folder_with_something_else(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    for name in ("notes.txt", ".part-00000.parquet.partial", "a.partial"):
        (tmp_path / "x" / name).touch()
    with (
        pytest.raises(StoreError, match=r"expected a ranking and nothing else, found a\.partial"),
        kept_parts(tmp_path / "x", WITH, overwrite=True),
    ):
        pass


def test_what_a_killed_run_left_goes_when_work_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / ".part-00000.parquet.partial").touch()
    fill(tmp_path / "x", 1)
    assert list(contents(tmp_path / "x")) == ["manifest.json", "part-00000.parquet", "result.json"]


def test_one_at_a_time(tmp_path: Path) -> None:
    with (
        kept_parts(tmp_path / "x", WITH, overwrite=False),
        pytest.raises(StoreError, match="expected no other ranking under this name, found one at work"),
        kept_parts(tmp_path / "x", WITH, overwrite=False),
    ):
        pass


def test_damage(tmp_path: Path) -> None:
    fill(tmp_path / "x")
    (tmp_path / "x" / "part-00000.parquet").write_bytes(b"PAR1")
    with (
        kept_parts(tmp_path / "x", WITH, overwrite=False) as kept,
        pytest.raises(StoreError, match=r"expected a part of a ranking \(--overwrite makes it anew\)"),
    ):
        kept.get(0, never)
    (tmp_path / "x" / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StoreError, match="expected the manifest of a ranking"):
        fill(tmp_path / "x")
