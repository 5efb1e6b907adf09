"""Vectors into files of text."""

import pytest

TEXT = "2 3\nNew York 1 2 3\nParis 4 5 0.1\n"


@pytest.fixture
def vectors(kbert, tmp_path):
    (tmp_path / "v.txt").write_text(TEXT)
    kbert("convert", "vectors", tmp_path / "v.txt", "-o", tmp_path / "v", "-q")
    return tmp_path / "v"


def test_to_standard_output(kbert, vectors):
    assert kbert("convert", "word2vec", vectors).stdout == TEXT.replace("New York", "New_York")
    assert kbert("convert", "word2vec", vectors, "--keep-spaces", "-o", "-").stdout == TEXT


def test_to_a_file(kbert, vectors, tmp_path):
    out = tmp_path / "deep" / "out.txt"
    words = ("convert", "word2vec", vectors, "--keep-spaces", "-q", "-o", out)
    kbert(*words)
    assert out.read_text() == TEXT
    assert "pass --overwrite" in kbert(*words, code=2).stderr
    kbert(*words, "--overwrite")
    assert "name it out" in kbert(*words[:-1], tmp_path / "out.gz", code=2).stderr


def test_a_run_of_embed(kbert, split_kg, tmp_path):
    kbert("kg", "embed", split_kg, "--method", "transe", "--width", "4", "--epochs", "1", "-q", "-o", tmp_path / "run")
    first, *lines = kbert("convert", "word2vec", tmp_path / "run").stdout.splitlines()
    assert first == f"{len(lines)} 4"
    kbert("convert", "vectors", tmp_path / "v.txt", "-o", tmp_path / "v", code=1)
    (tmp_path / "v.txt").write_text("\n".join([first, *lines]) + "\n")
    kbert("convert", "vectors", tmp_path / "v.txt", "-o", tmp_path / "v")
    table = (tmp_path / "run" / "model.safetensors").read_bytes()
    assert (tmp_path / "v" / "model.safetensors").read_bytes()[-4 * 4 * len(lines) :] in table
