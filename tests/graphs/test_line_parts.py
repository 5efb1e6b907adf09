"""Files of lines written in parts: whole or not at all, and the same bytes however often they were broken off."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.errors import OptionsError, StoreError
from graphs.line_parts import write_line_parts

PARTS = [["a", "b"], [], ["c\u2028", "北"]]


class Stopped(Exception):
    """What breaks a run off."""


def jobs(parts, stop=None, calls=None):
    def job(number):
        def lines():
            if number == stop:
                raise Stopped
            if calls is not None:
                calls.append(number)
            return parts[number]

        return lines

    return [job(number) for number in range(len(parts))]


def test_header_and_parts(tmp_path):
    write_line_parts(tmp_path / "deep" / "out", ["x"], jobs(PARTS), {})
    assert (tmp_path / "deep" / "out").read_bytes() == "x\na\nb\nc\u2028\n北\n".encode()
    write_line_parts(tmp_path / "none", [], [], {})
    assert (tmp_path / "none").read_bytes() == b""
    assert {path.name for path in tmp_path.iterdir()} == {"deep", "none"}


@given(st.lists(st.lists(st.text("ab"), max_size=2), min_size=1, max_size=5), st.data())
def test_broken_off_anywhere(tmp_path_factory, parts, data):
    folder, calls = tmp_path_factory.mktemp("parts"), []
    stops = sorted(data.draw(st.lists(st.integers(0, len(parts) - 1), max_size=3)))
    for stop in stops:
        with pytest.raises(Stopped):
            write_line_parts(folder / "out", ["x"], jobs(parts, stop, calls), {"a": 1})
        assert not (folder / "out").exists()
        assert (folder / ".out.partial").exists() == (stop > 0)
    write_line_parts(folder / "out", ["x"], jobs(parts, None, calls), {"a": 1})
    assert (folder / "out").read_text() == "".join(f"{line}\n" for line in ["x", *(y for part in parts for y in part)])
    assert calls == list(range(len(parts)))
    assert os.listdir(folder) == ["out"]


def test_killed_while_the_parts_are_put_together(tmp_path, monkeypatch):
    kept, calls = [], []

    def fail(*_):
        raise OSError("disk")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", lambda old, new: fail() if str(new).endswith("/out") else os.rename(old, new))
        with pytest.raises(OSError, match="disk"):
            write_line_parts(tmp_path / "out", ["x"], jobs(PARTS), {}, on_kept=kept.append)
    write_line_parts(tmp_path / "out", ["x"], jobs(PARTS, None, calls), {})
    assert calls == []
    assert (tmp_path / "out").read_text(encoding="utf-8").count("\n") == 5


def test_what_is_told(tmp_path):
    kept, anew = [], []
    told = {"on_kept": kept.append, "on_anew": lambda: anew.append(1)}
    with pytest.raises(Stopped):
        write_line_parts(tmp_path / "out", [], jobs(PARTS, 2), {"a": 1}, **told)
    with pytest.raises(OptionsError, match=r"\.out\.partial holds finished parts made with another a: "):
        write_line_parts(tmp_path / "out", [], jobs(PARTS, 1), {"a": 2}, **told)
    assert (kept, anew) == ([2], [])
    with pytest.raises(Stopped):
        write_line_parts(tmp_path / "out", [], jobs(PARTS, 1), {"a": 2}, overwrite=True, **told)
    assert (kept, anew) == ([2, 1], [1])
    with pytest.raises(Stopped):
        write_line_parts(tmp_path / "out", [], jobs(PARTS, 2), {"a": 2}, lasting=False, **told)
    assert kept == [2, 1]
    assert os.listdir(tmp_path) == []


def test_what_is_there_already(tmp_path):
    (tmp_path / "out").write_text("old")
    with pytest.raises(OptionsError, match="out is there already: name another file, or pass --overwrite"):
        write_line_parts(tmp_path / "out", [], jobs(PARTS), {})
    with pytest.raises(OptionsError, match="is there already"):
        write_line_parts(tmp_path, [], jobs(PARTS), {}, overwrite=True)
    with pytest.raises(Stopped):
        write_line_parts(tmp_path / "out", [], jobs(PARTS, 1), {}, overwrite=True)
    assert (tmp_path / "out").read_text() == "old"
    write_line_parts(tmp_path / "out", ["new"], [], {}, overwrite=True)
    assert (tmp_path / "out").read_text() == "new\n"


def test_one_at_a_time(tmp_path):
    def inside():
        write_line_parts(tmp_path / "out", [], [], {})
        return []

    with pytest.raises(StoreError, match="expected no other writing of this file, found one at work"):
        write_line_parts(tmp_path / "out", [], [inside], {})
