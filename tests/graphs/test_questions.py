"""Triples in question: every way to write them gives the same, and what is wrong is said with its line."""

import bz2
import gzip
import io
import json
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.errors import DataError, Skipped
from graphs.questions import PARTS, Question, is_visible, read

ROWS = [("tim", "is", "cook", "Tim", "", "a cook"), ("paris", "city", "lyon", "", "city of", "")]
HEADER = (*PARTS, "head_text", "relation_text", "tail_text")


def questions(path, **options):
    """The rows without their places."""
    return [question[2:] for question in read(path, **options).rows]


def write(tmp_path, *lines, name="triples.tsv"):
    path = tmp_path / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_with_and_without_a_header_and_as_json(tmp_path):
    rows = ["\t".join(row) for row in ROWS]
    headed = questions(write(tmp_path, "\t".join(HEADER), *rows))
    assert headed == [(*row, ()) for row in ROWS]
    assert questions(write(tmp_path, *rows)) == headed
    objects = [json.dumps(dict(zip(HEADER, row, strict=True))) for row in ROWS]
    assert questions(write(tmp_path, *objects)) == headed
    nulls = [line.replace('""', "null") for line in objects]
    assert questions(write(tmp_path, *nulls)) == headed
    plain = questions(write(tmp_path, *("\t".join(row[:3]) for row in ROWS)))
    assert plain == [(*row[:3], "", "", "", ()) for row in ROWS]


def test_columns_in_any_order_are_passed_on(tmp_path):
    path = write(
        tmp_path, "text\ttail\thead_text\thead\trelation\tid", "so he is\tcook\tTim\ttim\tis\t", "\ta\t\tb\tc\t7"
    )
    opened = read(path)
    assert (opened.texts, opened.others) == (("head_text",), ("text", "id"))
    assert list(opened.rows) == [
        Question(str(path), 2, "tim", "is", "cook", "Tim", others=("so he is", "")),
        Question(str(path), 3, "b", "c", "a", others=("", "7")),
    ]
    values = write(tmp_path, '{"head": "a", "relation": "b", "tail": "c", "id": 7, "more": [1]}')
    assert read(values).others == ("id", "more")
    assert questions(values) == [("a", "b", "c", "", "", "", (7, [1]))]


def test_pairs(tmp_path):
    path = write(tmp_path, "head\tphrase\ttail", "tim\tis a\tcook")
    assert questions(path, needs=("head", "tail")) == [("tim", "", "cook", "", "", "", ("is a",))]
    with pytest.raises(DataError, match=r"triples\.tsv:1: expected the column 'relation' among those that"):
        read(path)
    path = write(tmp_path, "head\trelation\ttail", "tim\t\tcook", "tim\tis\tcook", "tim\t \tcook")
    pairs, bad = [("tim", "", "cook"), ("tim", "is", "cook")], Skipped(1)
    assert [row[:3] for row in questions(path, needs=("head", "tail"), bad=bad)] == pairs
    assert [error.line for error in bad.errors] == [4]


@pytest.mark.parametrize(("name", "opener"), [("x.tsv.gz", gzip.open), ("x.tsv.bz2", bz2.open)])
def test_compressed(tmp_path, name, opener):
    with opener(tmp_path / name, "wt", encoding="utf-8") as file:
        file.write("a\tb\tc\r\n")
    assert questions(tmp_path / name) == [("a", "b", "c", "", "", "", ())]


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO("\ufeffa\tb\tc".encode())))
    assert list(read("-").rows) == [Question("-", 1, "a", "b", "c")]


BAD = [
    (
        ["a\tb\tc", "a\tb"],
        r"triples\.tsv:2: expected 3 tab-separated columns \(head, relation, tail\), found 2: 'a\\tb'",
    ),
    (["a\tb\tc", ""], r"triples\.tsv:2: expected 3 tab-separated columns"),
    (["a\tb\tc", "a\t \tc"], r"triples\.tsv:2: expected a relation, found an empty field"),
    (["\tb\tc"], r"triples\.tsv:1: expected a head, found an empty field"),
    (["head\trelation\ttail", "a\tb\t"], r"triples\.tsv:2: expected a tail, found an empty field"),
    (["a\tb\tc\t\u200b\t\t"], r"triples\.tsv:1: expected something to read as head_text, found '\\u200b'"),
    (['{"head": "a", "relation": "b", "tail": 7}'], r"triples\.tsv:1: expected a string as tail, found 7"),
    (['{"head": "a", "relation": "b", "tail": "\\ud800"}'], r"triples\.tsv:1: expected a JSON object of well-formed"),
    *(
        ([f'{{"head": "a", "relation": "b", "tail": "c", "n": [{number}]}}'], r"triples\.tsv:1: .* and finite numbers")
        for number in ("NaN", "Infinity", "-Infinity", "1e999")
    ),
    (['{"head": "a", "relation": "b", "tail": "c"}', "[1]"], r"triples\.tsv:2: expected a JSON object of .* '\[1\]'"),
    (['{"head": "a", "relation": "b", "tail": "c"}', "{"], r"triples\.tsv:2: expected a JSON object of well-formed"),
    (
        ['{"head": "a", "relation": "b", "tail": "c"}', '{"head": "a", "tail": "c"}'],
        r"triples\.tsv:2: expected the keys of the first line \(head, relation, tail\), found 'head, tail'",
    ),
]


@pytest.mark.parametrize(("lines", "message"), BAD)
def test_bad_rows(tmp_path, lines, message):
    path = write(tmp_path, *lines)
    with pytest.raises(DataError, match=message):
        list(read(path).rows)


WRONG = [
    ([], r"triples\.tsv:1: expected triples, found nothing"),
    (["", "a\tb\tc"], r"triples\.tsv:1: expected a first line that tells what the columns are, found an empty one"),
    ([" "], r"triples\.tsv:1: expected a first line that tells what the columns are, found an empty one"),
    (
        ["a\tb"],
        r"triples\.tsv:1: expected 3 or 6 tab-separated columns \(head, .*; or a header that names them\), found 2",
    ),
    (
        ["head\trelations\ttail"],
        r"the column 'relation' among those .*'head, relations, tail' \(did you mean 'relations'",
    ),
    (["head\trelation\ttail\thead"], r"triples\.tsv:1: expected a name of its own for each column, found 'head'"),
    (["head\trelation\ttail\t"], r"triples\.tsv:1: expected a name of its own for each column, found ''"),
    (["head\trelation\ttail\tmargin"], r"expected no column of a name that answers have, found 'margin'"),
    (['{"head": "a", "tail": "c"}'], r"triples\.tsv:1: expected the column 'relation'"),
    (["{"], r"triples\.tsv:1: expected a JSON object"),
]


@pytest.mark.parametrize(("lines", "message"), WRONG)
def test_first_lines_that_stop(tmp_path, lines, message):
    with pytest.raises(DataError, match=message):
        read(write(tmp_path, *lines), taken={"margin": "answers have"}, bad=Skipped(9))


def test_bad_lines_that_are_skipped(tmp_path):
    path = tmp_path / "triples.tsv"
    path.write_bytes(b"a\tb\tc\n\xff\tb\tc\na\n\na\tb\td\n")
    skipped = Skipped(3)
    assert [row[:3] for row in questions(path, bad=skipped)] == [("a", "b", "c"), ("a", "b", "d")]
    assert [error.line for error in skipped.errors] == [2, 3, 4]
    with pytest.raises(DataError, match=r"triples\.tsv:2: expected UTF-8, found byte 0xff at byte 1"):
        questions(path)
    path.write_bytes(b"\xff\ta\tb\na\tb\tc\n")
    with pytest.raises(DataError, match=r"triples\.tsv:1: expected a first line in UTF-8"):
        questions(path, bad=Skipped(3))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="expected a file, found nothing there"):
        read(tmp_path / "none.tsv")


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r"), min_size=1).filter(str.strip)


@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), min_size=1))
def test_whatever_the_cells_hold(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("cells") / "triples.tsv"
    lines = ["head\trelation\ttail\tother", *("\t".join(row) for row in rows)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    assert [(*row[:3], *row[6]) for row in questions(path)] == rows


def test_what_can_be_seen():
    assert all(map(is_visible, ("a", "北", "7", "?", "€", " e\u0301")))
    assert not any(map(is_visible, ("", " \t", "\x07", "\u200b", "\u0301", "\ufffd")))
