import bz2
import gzip
import io
import sys

import pytest

from graphs.corpora.txt import SUFFIXES, read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.types import Document


def test_a_text_a_line(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("\ufeffTim Cook is here.\r\n\n \t\n  ich bin's \u2028auch\n我在北京👍", encoding="utf-8")
    assert list(read(file)) == [
        Document("notes:1", ("Tim Cook is here.",)),
        Document("notes:4", ("  ich bin's \u2028auch",)),
        Document("notes:5", ("我在北京👍",)),
    ]
    assert ".txt" in SUFFIXES


@pytest.mark.parametrize(("name", "compress"), [("a.txt.gz", gzip.compress), ("a.txt.bz2", bz2.compress)])
def test_compressed(tmp_path, name, compress):
    (tmp_path / name).write_bytes(compress(b"one\ntwo\n"))
    assert [(d.id, d.texts) for d in read(tmp_path / name)] == [("a:1", ("one",)), ("a:2", ("two",))]


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("hello\nمرحبا\n".encode())))
    assert [(d.id, d.texts[0]) for d in read("-")] == [("stdin:1", "hello"), ("stdin:2", "مرحبا")]


def test_broken_utf8_is_told_or_skipped(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"one\nt\xffo\nthree\n")
    with pytest.raises(DataError, match=r"a\.txt:2: expected UTF-8, found byte 0xff at byte 2"):
        list(read(file))
    skipped = Skipped(1)
    assert [d.id for d in read(file, bad=skipped)] == ["a:1", "a:3"]
    assert [error.line for error in skipped.errors] == [2]


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match="expected a file, found nothing there"):
        list(read(tmp_path / "none.txt"))


def test_no_columns(tmp_path):
    with pytest.raises(OptionsError, match="plain text has no field 'text'; it has none"):
        list(read(tmp_path / "a.txt", columns={"text": "sentence"}))
