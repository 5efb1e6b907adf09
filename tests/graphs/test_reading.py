import pytest

from graphs.errors import DataError
from graphs.reading import guess


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


def test_an_ending_with_two_claims(monkeypatch):
    from graphs.corpora import txt

    monkeypatch.setattr(txt, "SUFFIXES", (".tsv",))
    with pytest.raises(DataError, match=r"a\.tsv: expected the name of a format, .* found tsv and txt"):
        guess("graphs.corpora", "a.tsv")
