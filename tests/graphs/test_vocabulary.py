"""Vocabularies in files."""

import pytest

from graphs.errors import DataError
from graphs.vocabulary import has_capitals, read_vocabulary


def test_a_piece_a_line(tmp_path):
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\nstraße\n##s\n…\n", encoding="utf-8")
    found = read_vocabulary(tmp_path / "vocab.txt")
    assert found == {"[PAD]": 0, "[UNK]": 1, "straße": 2, "##s": 3, "…": 4}
    assert not has_capitals(found)
    assert has_capitals({**found, "Straße": 5})


def test_a_piece_that_comes_twice(tmp_path):
    (tmp_path / "vocab.txt").write_text("a\nb\na\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"vocab.txt:3: expected every piece once, found 'a' as in line 1"):
        read_vocabulary(tmp_path / "vocab.txt")
