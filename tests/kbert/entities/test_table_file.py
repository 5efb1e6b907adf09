"""Tables in safetensors files: written in parts, read where they lie."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from graphs.errors import StoreError
from kbert.entities import table_file
from kbert.entities.table_file import TableWriter, mapped, odd_row

TABLE = np.arange(12, dtype=np.float32).reshape(4, 3)


def test_parts_make_a_file_that_others_read(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "t", "entities", (4, 3))
    for some in (TABLE[:1], TABLE[1:1], TABLE[1:]):
        writer.add(some)
    writer.sync()
    np.testing.assert_array_equal(load_file(tmp_path / "t")["entities"], TABLE)
    np.testing.assert_array_equal(mapped(tmp_path / "t", "entities", (4, 3)).table, TABLE)


def test_what_was_begun_is_taken_up(tmp_path: Path) -> None:
    TableWriter(tmp_path / "t", "entities", (4, 3)).add(TABLE[:2])
    with (tmp_path / "t").open("ab") as file:
        file.write(b"half")
    again = TableWriter(tmp_path / "t", "entities", (4, 3))
    assert again.rows == 2
    again.keep(1)
    again.add(TABLE[1:])
    np.testing.assert_array_equal(load_file(tmp_path / "t")["entities"], TABLE)
    with pytest.raises(StoreError, match=r"the beginning of a table of shape \[3, 4\], found another"):
        TableWriter(tmp_path / "t", "entities", (3, 4)).keep(1)


def test_a_job_that_was_killed_at_its_very_start_leaves_no_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(path: Path, header: bytes) -> None:
        with path.open("wb") as file:
            file.write(header[:9])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", kill)
        with pytest.raises(KeyboardInterrupt):
            TableWriter(tmp_path / "t", "entities", (4, 3))
    assert not (tmp_path / "t").exists()
    again = TableWriter(tmp_path / "t", "entities", (4, 3))
    again.keep(0)
    again.add(TABLE)
    np.testing.assert_array_equal(load_file(tmp_path / "t")["entities"], TABLE)


def test_one_tensor_among_others(tmp_path: Path) -> None:
    save_file({"a": TABLE[:2].copy(), "entities": TABLE, "z": TABLE.astype(np.float64)}, tmp_path / "t")
    found = mapped(tmp_path / "t", "entities", (4, 3))
    np.testing.assert_array_equal(found.table, TABLE)
    assert found.tensors == {"a", "entities", "z"}
    assert not found.table.flags.writeable


def test_an_empty_table(tmp_path: Path) -> None:
    TableWriter(tmp_path / "t", "entities", (0, 3))
    assert mapped(tmp_path / "t", "entities", (0, 3)).table.shape == (0, 3)


@pytest.mark.parametrize("whole", [b"", b"x" * 9, b"\xff" * 100])
def test_no_such_file(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "t").write_bytes(whole)
    with pytest.raises(StoreError, match="expected a whole safetensors file"):
        mapped(tmp_path / "t", "entities", (4, 3))


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_the_first_row_of_no_numbers(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_file, "AT_ONCE", at_once)
    assert odd_row(TABLE) is None
    for row, value in ((3, np.nan), (2, -np.inf)):
        odd = TABLE.copy()
        odd[row:, 1] = value
        assert odd_row(odd) == row
