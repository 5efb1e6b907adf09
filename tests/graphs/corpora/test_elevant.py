import json

import pytest

from graphs.corpora.elevant import read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.types import Document, Mention

TEXT = "Title\n\nAda met Bo in Lyon on 2 May. She left Élan."
LABELS = [
    {"span": [7, 10], "entity_id": "Q1", "coref": False},
    {"span": [15, 25], "entity_id": "Q2", "children": [2]},
    {"span": [21, 25], "entity_id": "Q3", "parent": 1},
    {"span": [29, 34], "entity_id": "DATETIME"},
    {"span": [36, 39], "entity_id": "Q1", "coref": True},
    {"span": [45, 49], "entity_id": "<NIL>"},
    {"span": [40, 44], "entity_id": ""},
]


@pytest.fixture
def write(tmp_path):
    def write(*items):
        path = tmp_path / "gold.jsonl"
        path.write_text("".join(f"{json.dumps(item)}\n" for item in items), encoding="utf-8")
        return path

    return write


def line(**changes):
    return {"id": 7, "text": TEXT, "evaluation_span": [7, 50], "labels": LABELS, **changes}


def surfaces(document):
    return [(document.texts[0][m.start : m.end], m.entity) for m in document.mentions]


def test_the_annotated_part_with_its_mentions(write):
    (document,) = read(write(line()))
    assert (document.id, document.texts, document.line) == ("7", (TEXT[7:],), 1)
    assert surfaces(document) == [("Ada", "Q1"), ("Bo in Lyon", "Q2"), ("Élan", None), ("left", None)]
    (whole,) = read(write(line(evaluation_span=None)), coreferences=True)
    assert whole.texts == (TEXT,)
    assert ("She", "Q1") in surfaces(whole)
    plain = {"text": "Bo", "labels": [{"span": [0, 2], "entity_id": "Q5"}]}
    assert list(read(write(plain))) == [Document("gold:1", ("Bo",), mentions=(Mention(0, 0, 2, "Q5"),))]


def test_names_of_the_graph(write, tmp_path):
    names = tmp_path / "names.jsonl"
    rows = [{"id": "/m/1", "wikidata": "Q1"}, {"name": "/m/0"}, {"id": "/m/9", "wikidata": "Q1"}]
    names.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (document,) = read(write(line()), names=str(names))
    assert surfaces(document)[:2] == [("Ada", "/m/1"), ("Bo in Lyon", "Q2")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": None}, "expected a text, found the keys"),
        ({"evaluation_span": [0, 99]}, r"expected \[start, end\] from 0 to 50 as evaluation_span, found \[0, 99\]"),
        (
            {"labels": [{"span": [0, 3], "entity_id": "Q1"}]},
            r"expected \[start, end\] from 7 to 50 as span in labels\[0\], found \[0, 3\]",
        ),
        ({"labels": [{"span": [8, 9], "entity_id": 3}]}, r"expected a string as entity_id in labels\[0\], found 3"),
    ],
)
def test_bad_lines(write, changes, message):
    path = write(line(), line(**changes))
    with pytest.raises(DataError, match=rf"gold\.jsonl:2: {message}"):
        list(read(path))
    bad = Skipped(1)
    assert len(list(read(path, bad=bad))) == 1
    assert len(bad.errors) == 1


def test_there_are_no_columns(write):
    with pytest.raises(OptionsError, match="ELEVANT"):
        list(read(write(line()), columns={"text": "t"}))
