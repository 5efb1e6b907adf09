"""Vectors in files of text: what is read, and where something is wrong."""

import bz2
import gzip
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import lines as module
from graphs.errors import DataError
from graphs.vector_files import VectorFile, check_names_once, read_names
from graphs.word2vec_text import word2vec_lines

NUMBER = st.floats(width=32, allow_nan=False, allow_infinity=False)
NAME = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=5)


def read(file):
    parts = list(file.parts())
    names = [name.decode() for part in parts for name in part.names]
    return names, np.concatenate([part.table for part in parts]) if parts else None


@given(
    names=st.lists(st.lists(NAME, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=12, unique=True),
    width=st.integers(1, 4),
    data=st.data(),
    size=st.integers(1, 80),
)
def test_what_was_written_is_read_again(tmp_path_factory, names, width, data, size):
    """Every float32 to its last bit, in blocks of any size, by our reader and by Python's float."""
    rows = st.lists(NUMBER, min_size=width, max_size=width)
    table = np.array(data.draw(st.lists(rows, min_size=len(names), max_size=len(names))), np.float32)
    path = tmp_path_factory.getbasetemp() / "vectors.txt"
    text = "".join(f"{line}\n" for line in word2vec_lines(names, [table[:1], table[1:]], *table.shape))
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SIZE", size)
        file = VectorFile.word2vec(path)
        found, again = read(file)
    assert (file.count, file.width) == table.shape
    assert found == names
    np.testing.assert_array_equal(again.view(np.int32), table.view(np.int32))
    lines = [line.rsplit(" ", width)[1:] for line in text.split("\n")[1:-1]]
    np.testing.assert_array_equal(np.array([[*map(float, line)] for line in lines], np.float32), table)


TEXT = "3 2\nNew York 1 2\nb\t0.5\t-3e-5 \n  c  d   4  5.25\r\n"
VALUES = [[1, 2], [0.5, -3e-5], [4, 5.25]]


@pytest.mark.parametrize(("ending", "pack"), [("", lambda text: text), (".gz", gzip.compress), (".bz2", bz2.compress)])
def test_spaces_tabs_and_packed_files(tmp_path, ending, pack):
    path = tmp_path / f"v.txt{ending}"
    path.write_bytes(pack(TEXT.encode()))
    names, table = read(VectorFile.word2vec(path))
    assert names == ["New York", "b", "c  d"]
    np.testing.assert_array_equal(table, np.array(VALUES, np.float32))


@pytest.mark.parametrize("between", ["\t", " ", "\t ", "  "])
def test_lines_of_numbers_alone(tmp_path, between):
    path = tmp_path / "entity2vec.vec"
    path.write_text("".join(f"{between.join(map(repr, row))}{between}\n" for row in VALUES))
    file = VectorFile.bare(path, 3)
    names, table = read(file)
    assert (file.width, names) == (2, [])
    np.testing.assert_array_equal(table, np.array(VALUES, np.float32))


def test_no_vectors(tmp_path):
    (tmp_path / "v").write_text("0 5\n")
    file = VectorFile.word2vec(tmp_path / "v")
    assert (file.count, file.width, list(file.parts())) == (0, 5, [])


BAD = {
    "": "v:1: expected count and width of the vectors (or, for a file without names, the file that has them), found ''",
    "a 1 2\n": "v:1: expected count and width",
    "3 0\n": "v:1: expected count and width",
    "2 2\na 1 2\nb 1\n": "v:3: expected a name and 2 numbers, found 'b 1'",
    "2 2\na 1 2\n\n": "v:3: expected a name and 2 numbers, found ''",
    "2 1\na 1\n\n": "v:3: expected a name and 1 numbers, found ''",
    "2 2\na 1 2\n 1 2\n": "v:3: expected a name and 2 numbers",
    "2 2\na 1 2\nb 1 x\n": "v:3: expected 2 numbers, found '1 x'",
    "2 2\na 1 2\nb 1,5 2\n": "v:3: expected 2 numbers, found '1,5 2'",
    "2 2\na 1 2\nb 1 nan\n": "v:3: expected finite numbers of 'b', found 'nan'",
    "2 2\na 1 -inf\nb 1 2\n": "v:2: expected finite numbers of 'a', found '-inf'",
    "2 2\na 1 2\nb 1e39 2\n": "v:3: expected finite numbers of 'b', found '1e39'",
    "2 2\na 1 2\nb\0 1 2\n": "v:3: expected a name without NUL, found 'b\\x00'",
    "2 2\na 1 2\n": "v:3: expected 2 vectors in all, found the end after 1",
    "1 2\na 1 2\nb 1 2\n": "v:3: expected 1 vectors in all, found another",
}


@pytest.mark.parametrize(("text", "message"), BAD.items())
def test_a_bad_line(tmp_path, text, message):
    (tmp_path / "v").write_text(text)
    with pytest.raises(DataError, match=re.escape(message)):
        list(VectorFile.word2vec(tmp_path / "v").parts())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "v:1: expected the numbers of a vector, found ''"),
        ("1 2\n3\n", "v:2: expected 2 numbers, found '3'"),
        ("1 2\n3 4 5\n", "v:2: expected 2 numbers, found '3 4 5'"),
        ("1\n\n", "v:2: expected 1 numbers, found ''"),
        ("1 2\n3 b\n", "v:2: expected 2 numbers, found '3 b'"),
        ("1 2\ninf 4\n", "v:2: expected finite numbers, found 'inf'"),
        ("1 2\n", "v:2: expected 2 vectors in all, found the end after 1"),
        ("1 2\n3 4\n5 6\n", "v:3: expected 2 vectors in all, found another"),
    ],
)
def test_a_bad_line_of_numbers_alone(tmp_path, text, message):
    (tmp_path / "v").write_text(text)
    with pytest.raises(DataError, match=re.escape(message)):
        list(VectorFile.bare(tmp_path / "v", 2).parts())


@pytest.mark.parametrize("first", [b"\xc3", b"a\xe9"])
def test_names_that_are_not_utf8(tmp_path, first):
    """Also where two of them together would be."""
    (tmp_path / "v").write_bytes(b"2 1\n" + first + b" 1\n\xa9 1\n")
    with pytest.raises(DataError, match=r"v:2: expected UTF-8, found byte 0x"):
        list(VectorFile.word2vec(tmp_path / "v").parts())


def test_names_by_number(tmp_path):
    (tmp_path / "n").write_text("3\nQ1\t2\nQ2\t0\nQ3\t1\n")
    assert read_names(tmp_path / "n").to_pylist() == [b"Q2", b"Q3", b"Q1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2\nQ1\t0\nQ2\t2\n", "n:3: expected numbers below 2, as there are so many names, found 2"),
        (f"1\nQ1\t{10**23}\n", f"n:2: expected numbers below 1, as there are so many names, found {10**23}"),
        ("2\nQ1\t0\nQ2\t0\n", "n:3: expected each number once, found 0 again"),
        ("3\nQ1\t0\nQ2\t2\nQ1\t1\n", "n:4: expected each name once, found 'Q1' again"),
        ("1\nQ1\t0\nQ2\t1\n", "n:1: expected the number of lines that follow, 2, found 1"),
    ],
)
def test_bad_names(tmp_path, text, message):
    (tmp_path / "n").write_text(text)
    with pytest.raises(DataError, match=re.escape(message)):
        read_names(tmp_path / "n")


def test_a_name_comes_once():
    check_names_once("v", pa.array([b"a", b"b"], pa.large_binary()))
    with pytest.raises(DataError, match="v:5: expected each name once, found 'b' again"):
        check_names_once("v", pa.array([b"a", b"b", b"c", b"b", b"a"], pa.large_binary()))
