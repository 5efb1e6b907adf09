"""Vectors of other programs: into a folder, and out again."""

import os
from pathlib import Path

import numpy as np
import pytest

from graphs.errors import DataError, OptionsError
from kbert.entities.convert import as_word2vec, convert_vectors
from kbert.entities.vectors import Vectors

TEXT = "3 2\nNew York 1 2\nb 0.5 0.25\nc 4 5\n"


def made(tmp_path: Path, text: str) -> Vectors:
    (tmp_path / "v.txt").write_text(text, encoding="utf-8")
    convert_vectors(tmp_path / "v.txt", tmp_path / "v")
    return Vectors.open(tmp_path / "v", verify=True)


def test_word2vec(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text(TEXT, encoding="utf-8")
    heard: list[tuple[int, int]] = []
    counts = convert_vectors(tmp_path / "v.txt", tmp_path / "v", on_vectors=lambda *some: heard.append(some))
    vectors = Vectors.open(tmp_path / "v", verify=True)
    assert counts == {"vectors": 3, "width": 2}
    assert (heard, vectors.has_relations) == ([(3, 3)], False)
    np.testing.assert_array_equal(vectors.take(vectors.rows(["c", "New York"])), [[4, 5], [1, 2]])


def test_the_reference(tmp_path: Path) -> None:
    """Numbers in one file, names in any order in another."""
    (tmp_path / "entity2vec.vec").write_text("1\t2\t\n3\t4\t\n5\t6\t\n")
    (tmp_path / "entity2id.txt").write_text("3\nQ30\t2\nQ5\t0\nQ64\t1\n")
    convert_vectors(tmp_path / "entity2vec.vec", tmp_path / "v", names=tmp_path / "entity2id.txt")
    vectors = Vectors.open(tmp_path / "v", verify=True)
    np.testing.assert_array_equal(vectors.take(vectors.rows(["Q30", "Q64", "Q5"])), [[5, 6], [3, 4], [1, 2]])


def test_there_and_back(tmp_path: Path) -> None:
    assert list(as_word2vec(made(tmp_path, TEXT), keep_spaces=True)) == TEXT.splitlines()
    assert list(as_word2vec(Vectors.open(tmp_path / "v")))[1] == "New_York 1 2"


def test_no_vectors(tmp_path: Path) -> None:
    vectors = made(tmp_path, "0 4\n")
    assert (len(vectors), vectors.width, list(vectors.names()), list(vectors.parts())) == (0, 4, [], [])
    assert vectors.rows(["a"]).tolist() == [-1]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("a b", "a_b"), "found 'a_b' and 'a b'"),
        (("a_b", "a b"), "found 'a_b' and 'a b'"),
        (("a b_c", "a_b c"), "found 'a b_c' and 'a_b c'"),
    ],
)
def test_two_names_would_be_one(tmp_path: Path, names: tuple[str, ...], message: str) -> None:
    vectors = made(tmp_path, "2 1\n" + "".join(f"{name} 1\n" for name in names))
    with pytest.raises(DataError, match=rf"names that differ without their spaces .*{message}"):
        as_word2vec(vectors)
    assert list(as_word2vec(vectors, keep_spaces=True))[1:] == [f"{name} 1" for name in names]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    for text, message in (("2 1\na 1\nb x\n", "v.txt:3"), ("2 1\na 1\na 2\n", "v.txt:3: expected each name once")):
        with pytest.raises(DataError, match=message):
            made(tmp_path, text)
        assert os.listdir(tmp_path) == ["v.txt"]


def test_nothing_is_replaced(tmp_path: Path) -> None:
    made(tmp_path, TEXT)
    with pytest.raises(OptionsError, match="is there already: name another folder"):
        convert_vectors(tmp_path / "v.txt", tmp_path / "v")
