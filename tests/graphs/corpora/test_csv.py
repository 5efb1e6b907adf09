import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.corpora.csv import read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.types import Document, Target

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\ufeff\0")).filter(str.strip)


def documents(tmp_path, content, **options):
    file = tmp_path / "part.csv"
    file.write_text(content, encoding="utf-8", newline="")
    return list(read(file, **options))


def test_quoted_cells_over_several_lines(tmp_path):
    content = 'label,text\r\n1,"He said ""no"",\r\nand left."\r\n0,plain\r\n'
    assert documents(tmp_path, content) == [
        Document("part:2", ('He said "no",\nand left.',), target=Target(label="1")),
        Document("part:4", ("plain",), target=Target(label="0")),
    ]


def test_another_delimiter(tmp_path):
    assert documents(tmp_path, 'text;label\n"a;b";1\n', delimiter=";")[0].texts == ("a;b",)


def test_tagged(tmp_path):
    (document,) = documents(
        tmp_path, "tokens,tags\n我 去,O O\n", tagged=True, columns={"text": "tokens", "target": "tags"}
    )
    assert (document.texts, document.target.tags) == (("我去",), ("O", "O"))


@given(rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=5))
def test_what_the_csv_module_writes_is_read(tmp_path_factory, rows):
    file = tmp_path_factory.mktemp("csv") / "a.csv"
    written = io.StringIO()
    csv.writer(written).writerows([("id", "text", "label"), *rows])
    file.write_text(written.getvalue(), encoding="utf-8", newline="")
    assert [(d.id, d.texts[0], d.target.label) for d in read(file)] == rows


def test_a_long_cell(tmp_path):
    assert documents(tmp_path, "text\n" + "a" * 200_000)[0].texts == ("a" * 200_000,)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"part\.csv:1: expected a header line, found an empty file"),
        ('text,label\n"a"b,1\n', r":2: expected a row of CSV \(quotation marks .* doubled\), found"),
        ('text,label\nx,1\n"a,1\nb,2\n', r":3: expected a row of CSV .* found unexpected end of data"),
        ("text,label\n\n", r":2: expected 2 columns \(text, label\), found 0"),
        ('text,label\n"a\nb"\n', r":2: expected 2 columns"),
    ],
)
def test_errors_in_the_data(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        documents(tmp_path, content)


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n"])
def test_errors_in_the_options(tmp_path, delimiter):
    with pytest.raises(OptionsError, match="delimiter: expected one character"):
        documents(tmp_path, "text\nx\n", delimiter=delimiter)


def test_a_row_that_lost_a_line_is_left_out(tmp_path):
    (tmp_path / "a.csv").write_bytes(b'text,label\n"a\n\xff\nb",1\nc,1\n\xff\nd,1\n"e"x,1\nf,0\n')
    skipped = Skipped(3)
    found = list(read(tmp_path / "a.csv", bad=skipped))
    assert [(d.id, d.texts[0]) for d in found] == [("a:5", "c"), ("a:7", "d"), ("a:9", "f")]
    assert [error.line for error in skipped.errors] == [3, 6, 8]
