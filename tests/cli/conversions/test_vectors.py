"""Vectors out of files of text."""

import pytest


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("2 3\nNew York 1 2 3\nParis 4 5 6\n")
    return path


def test_a_file_with_names(kbert, file, tmp_path):
    found = kbert("convert", "vectors", file, "-o", tmp_path / "v", "--json")
    assert found.json == {"vectors": 2, "width": 3}
    assert "width" in kbert("convert", "vectors", file, "-o", tmp_path / "w").stdout


def test_a_file_without_names(kbert, tmp_path):
    (tmp_path / "entity2vec.vec").write_text("1\t2\n3\t4\n")
    (tmp_path / "entity2id.txt").write_text("2\nQ1\t1\nQ2\t0\n")
    words = ("convert", "vectors", tmp_path / "entity2vec.vec", "--names", tmp_path / "entity2id.txt")
    kbert(*words, "-o", tmp_path / "v", "-q")
    assert kbert("convert", "word2vec", tmp_path / "v").stdout == "2 2\nQ2 1 2\nQ1 3 4\n"


def test_what_goes_wrong(kbert, file, tmp_path):
    file.write_text("2 3\nNew York 1 2 3\nParis 4 5\n")
    message = kbert("convert", "vectors", file, "-o", tmp_path / "v", code=1).stderr
    assert "v.txt:3: expected a name and 3 numbers, found 'Paris 4 5'" in message
    assert not (tmp_path / "v").exists()
    assert "not from standard input" in kbert("convert", "vectors", "-", "-o", tmp_path / "v", code=2).stderr
