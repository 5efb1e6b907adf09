import importlib

import pytest

from graphs.errors import DataError
from graphs.reading import guess, guess_format


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b.txt", "txt"),
        ("train.TSV.gz", "tsv"),
        ("train.csv", "csv"),
        ("x.jsonl.bz2", "jsonl"),
        ("x.bio", "conll"),
        ("fr.conllu", "conllu"),
    ],
)
def test_corpora_by_their_endings(path, name):
    assert guess("graphs.corpora", path) == name


@pytest.mark.parametrize(
    ("path", "found"), [("a.json", "found '.json'"), ("corpus", "found no ending"), ("-", "found no ending")]
)
def test_an_unknown_ending(path, found):
    with pytest.raises(DataError, match=rf"{path}: expected .*\.txt \(txt\).*, {found}"):
        guess("graphs.corpora", path)


def test_an_ending_with_two_claims(tmp_path, monkeypatch):
    room = tmp_path / "room_of_two_claims"
    room.mkdir()
    for name, ending in (("__init__", ".x"), ("one", ".x"), ("other", ".x"), ("third", ".y")):
        (room / f"{name}.py").write_text(f"SUFFIXES = ({ending!r},)\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    assert guess(room.name, "a.y") == "third"
    with pytest.raises(DataError, match=r"a\.x: expected the name of a format, .* found one and other"):
        guess(room.name, "a.x")


@pytest.mark.parametrize(
    ("name", "known"), [("a.spo", "spo"), ("a.TSV.gz", "tsv"), ("a.nt.bz2", "ntriples"), ("a.jsonl", "labels")]
)
def test_formats_by_ending(tmp_path, name, known):
    (tmp_path / name).touch()
    assert guess_format(tmp_path / name) == known


@pytest.mark.parametrize(("name", "known"), [("train2id.txt", "openke"), ("dev.tsv.gz", "kgbert")])
def test_formats_of_folders(tmp_path, name, known):
    (tmp_path / name).touch()
    assert guess_format(tmp_path) == known
