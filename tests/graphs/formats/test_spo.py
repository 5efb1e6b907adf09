import bz2
import gzip
from pathlib import Path

import pytest

from graphs.errors import DataError, Skipped
from graphs.formats import spo
from graphs.lines import SIZE
from graphs.types import Triple

TEXT = "Beijing\tcapital\tChina\n爱 吃\tis_a\t动作\n"
TRIPLES = [Triple("Beijing", "capital", "China"), Triple("爱 吃", "is_a", "动作")]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_plain_and_compressed(tmp_path, pack):
    ending = {bytes: "", gzip.compress: ".gz", bz2.compress: ".bz2"}[pack]
    assert list(spo.read(write(tmp_path / f"facts.spo{ending}", pack(TEXT.encode())))) == TRIPLES


@pytest.mark.parametrize("content", [TEXT.replace("\n", "\r\n"), "\ufeff" + TEXT, TEXT.removesuffix("\n")])
def test_line_ends_and_byte_order_mark(tmp_path, content):
    assert list(spo.read(write(tmp_path / "facts.spo", content.encode()))) == TRIPLES


def test_an_empty_file_has_no_triples(tmp_path):
    assert list(spo.read(write(tmp_path / "facts.spo", b""))) == []


BAD = {
    b"a\tb\n": "facts.spo:2: expected 3 tab-separated columns .subject, predicate, object., found 2",
    b"a\tb\tc\td\n": "facts.spo:2: expected 3 tab-separated columns .*, found 4",
    b"\n": "facts.spo:2: expected 3 tab-separated columns .*, found 1: ''",
    b"a\t\tc\n": "facts.spo:2: expected no empty column",
    b"a\tb\t\xff\n": "facts.spo:2: expected UTF-8, found byte 0xff at byte 5",
    b"a\tb\tc\0\n": "facts.spo:2: expected names without NUL",
}


@pytest.mark.parametrize(("line", "message"), BAD.items())
def test_a_bad_line_stops(tmp_path, line, message):
    with pytest.raises(DataError, match=message):
        list(spo.read(write(tmp_path / "facts.spo", b"x\ty\tz\n" + line + b"u\tv\tw\n")))


def test_bad_lines_are_skipped_and_the_others_kept_in_order(tmp_path):
    good = [f"h{i}\tr\tt{i}".encode() for i in range(len(BAD) + 1)]
    content = b"".join(b"%s\n%s" % pair for pair in zip(good, [*BAD, b""], strict=True))
    skipped = Skipped(len(BAD))
    assert [t.head for t in spo.read(write(tmp_path / "facts.spo", content), bad=skipped)] == [
        f"h{i}" for i in range(len(good))
    ]
    assert [error.line for error in skipped.errors] == [2 * i + 2 for i in range(len(BAD))]


def test_line_numbers_go_on_over_blocks(tmp_path):
    lines = SIZE // 10
    content = b"head\trel\ttail\n" * lines + b"broken\n" + b"head\trel\ttail\n"
    assert len(content) > SIZE
    with pytest.raises(DataError, match=f"facts.spo:{lines + 1}: expected 3"):
        list(spo.read(write(tmp_path / "facts.spo", content)))


def test_a_damaged_archive_is_named(tmp_path):
    packed = gzip.compress(TEXT.encode() * 1000)
    with pytest.raises(DataError, match=r"facts.spo.gz:1: expected a whole archive"):
        list(spo.read(write(tmp_path / "facts.spo.gz", packed[: len(packed) // 2])))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no.spo: expected a file, found nothing there"):
        list(spo.read(tmp_path / "no.spo"))


def test_a_line_that_never_ends_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("graphs.lines.MAX_LINE", 2**20)
    with pytest.raises(DataError, match=r"facts.spo:2: expected a line of at most"):
        list(spo.read(write(tmp_path / "facts.spo", b"a\tb\tc\n" + b"x" * (3 * 2**20))))
