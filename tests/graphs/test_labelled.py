"""Tables of triples that are known to be true or false."""

import json

import pytest

from graphs.errors import DataError, Skipped
from graphs.labelled import read


def write(tmp_path, *lines):
    path = tmp_path / "known.tsv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def triples(path, **options):
    return [(*row.question[2:5], row.label) for row in read(path, **options)]


EXPECTED = [("a", "is", "b", 1), ("b", "is", "a", -1), ("c", "is", "a", -1)]


def test_with_and_without_a_header_and_as_json(tmp_path):
    rows = [(*row[:3], str(label)) for row, label in zip(EXPECTED, (1, -1, 0), strict=True)]
    assert triples(write(tmp_path, *map("\t".join, rows))) == EXPECTED
    headed = ["label\ttail\tid\trelation\thead", *("\t".join((r[3], r[2], "", r[1], r[0])) for r in rows)]
    assert triples(write(tmp_path, *headed)) == EXPECTED
    keys = ("head", "relation", "tail", "label")
    for kind in (str, int):
        objects = [json.dumps(dict(zip(keys, (*row[:3], kind(row[3])), strict=True))) for row in rows]
        assert triples(write(tmp_path, *objects)) == EXPECTED


def test_places_and_texts(tmp_path):
    path = write(tmp_path, "head\trelation\ttail\tlabel\thead_text", "a\tis\tb\t1\tA")
    (row,) = read(path)
    assert (row.question.file, row.question.line, row.question.head_text) == (str(path), 2, "A")


@pytest.mark.parametrize("label", ["2", "+1", "true", "", "-1 ", "1.0"])
def test_other_labels(tmp_path, label):
    path = write(tmp_path, "a\tis\tb\t1", f"a\tis\tc\t{label}", "b\tis\ta\t0")
    expected = rf"known\.tsv:2: expected the label 1 \(true\), -1 or 0 \(false\), found '{label}'"
    with pytest.raises(DataError, match=expected.replace("+", r"\+")):
        list(read(path))
    assert triples(path, bad=Skipped(1)) == EXPECTED[:2]


def test_no_labels(tmp_path):
    message = r"known\.tsv:1: expected 4 tab-separated columns \(head, relation, tail, label; or a header that names"
    with pytest.raises(DataError, match=message):
        list(read(write(tmp_path, "a\tis\tb")))
    with pytest.raises(DataError, match="expected the column 'label' among those that the first line names"):
        list(read(write(tmp_path, "head\trelation\ttail", "a\tis\tb")))
