import bz2
import gzip
import io
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import lines as module
from graphs.errors import DataError
from graphs.lines import blocks, columns, count_lines, lines, open_bytes, suffix

LINE = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\ufeff"))


@pytest.mark.parametrize(("ending", "opener"), [("", open), (".gz", gzip.open), (".bz2", bz2.open)])
@given(st.lists(LINE), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_lines_and_their_numbers(tmp_path_factory, ending, opener, written, whole, end):
    path = tmp_path_factory.mktemp("lines") / f"x.txt{ending}"
    text = end.join(written) + (end if whole and written else "")
    with opener(path, "wb") as file:
        file.write(text.encode())
    expected = written if whole or not written or written[-1] else written[:-1]
    assert list(lines(path)) == list(enumerate(expected, 1))


@given(st.lists(LINE), st.sampled_from(["\n", "\r\n"]), st.integers(1, 20))
def test_blocks_hold_the_lines(tmp_path_factory, written, end, size):
    path = tmp_path_factory.mktemp("blocks") / "x"
    path.write_bytes("".join(line + end for line in ["\ufeff", *written]).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SIZE", size)
        found = [
            (number, line.decode())
            for first, block in blocks(path)
            for number, line in enumerate(block.split(b"\n")[:-1], first)
        ]
    assert found == list(lines(path)) == list(enumerate(["", *written], 1))


def test_only_line_feeds_end_a_line(tmp_path):
    (tmp_path / "x").write_bytes("\ufeffa\x0b\x0c\x1c\u2028\x85b\rc\n\ufeffd\r".encode())
    assert list(lines(tmp_path / "x")) == [(1, "a\x0b\x0c\x1c\u2028\x85b\rc"), (2, "\ufeffd\r")]


def test_broken_utf8_is_told_and_passed_over(tmp_path):
    (tmp_path / "x").write_bytes(b"a\nb\xff\n\xe4\xb8\nd\n")
    errors = []
    assert list(lines(tmp_path / "x", bad=errors.append)) == [(1, "a"), (4, "d")]
    assert [error.line for error in errors] == [2, 3]
    with pytest.raises(DataError, match="x:2: expected UTF-8, found byte 0xff at byte 2 of the line"):
        list(lines(tmp_path / "x"))


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.gz", gzip.compress(b"a\n" * 9999, mtime=0)[:-20]), ("x.gz", b"no archive"), ("x.bz2", b"no archive")],
)
def test_a_damaged_archive(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{name}:\d+: expected a whole archive"):
        list(lines(tmp_path / name))


def test_a_line_that_is_no_line(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_LINE", 10)
    (tmp_path / "x").write_bytes(b"123456789\n1234567890\n")
    found = lines(tmp_path / "x")
    assert next(found) == (1, "123456789")
    with pytest.raises(DataError, match="x:2: expected a line of at most 10 bytes, found a longer one"):
        next(found)


def test_missing_files(tmp_path):
    with pytest.raises(DataError, match="nowhere: expected a file, found nothing there"):
        open_bytes(tmp_path / "nowhere")
    with pytest.raises(DataError, match="expected a file, found a folder"):
        next(lines(tmp_path))


def test_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"a\nb")))
    assert list(lines("-")) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    ("path", "ending"), [("a/B.TSV.gz", ".tsv"), ("a.bz2", ""), ("a", ""), ("a.b.JSONL", ".jsonl"), ("-", "")]
)
def test_suffix(path, ending):
    assert suffix(path) == ending


def test_columns():
    assert columns("x", 1, "a\tb\t", (3,), "h, r, t") == ["a", "b", ""]
    assert columns("x", 1, "a\tb", (2, 3), "h, r, t") == ["a", "b"]
    with pytest.raises(DataError, match=r"x:4: expected 2 or 3 tab-separated columns \(h, r, t\), found 1: 'a b'"):
        columns("x", 4, "a b", (2, 3), "h, r, t")


def test_how_many_lines_there_are(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_bytes(b"a\n" * 2_000_000 + b"b")
    assert count_lines(path) == 2_000_000
    assert count_lines("-") is None
    assert count_lines(tmp_path / "x.tsv.gz") is None
