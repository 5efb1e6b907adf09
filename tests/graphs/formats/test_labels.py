import json

import pytest

from graphs.errors import DataError, Skipped
from graphs.formats import labels
from graphs.types import EntityText

TSV = (
    "id\tprior\taliases\tlabel\tdescription\n"
    "Q90\t2.5\tParis, France|City of Light\tParis\tcapital\n"
    "Q1\t\t\tuniverse\t\n"
)
RECORDS = [
    EntityText("Q90", "Paris", "capital", ("Paris, France", "City of Light"), 2.5),
    EntityText("Q1", "universe"),
]


def write(tmp_path, *lines):
    path = tmp_path / "labels.any"
    path.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines))
    return path


def test_tsv_with_columns_in_any_order(tmp_path):
    assert list(labels.read(write(tmp_path, TSV))) == RECORDS


def test_json_lines(tmp_path):
    full = {"id": "Q90", "label": "Paris", "description": "capital", "aliases": ["Paris, France", "City of Light"]}
    path = write(tmp_path, {**full, "prior": 2.5, "wikidata": 7}, {"name": "Q1", "label": "universe", "aliases": None})
    assert list(labels.read(path)) == RECORDS


def test_where_id_and_name_both_stand(tmp_path):
    path = write(tmp_path, {"id": "Q1", "name": "universe"}, {"id": "Q1", "name": "all", "label": "universe"})
    assert list(labels.read(path)) == [EntityText("Q1", "universe")] * 2


def test_label_and_description_in_one(tmp_path):
    path = write(tmp_path, "name\tlabel\tdescription\na\tstool, a product, of bowels\t\nb\tseat, short\tlong\n")
    assert list(labels.read(path, label_separator=", ")) == [
        EntityText("a", "stool", "a product, of bowels"),
        EntityText("b", "seat", "long"),
    ]


def test_names_can_be_declared(tmp_path):
    path = write(tmp_path, "name\tlabel\na\tA\n")
    assert list(labels.read(path, declare=True)) == [EntityText("a"), EntityText("a", "A")]


def test_an_empty_file_says_nothing(tmp_path):
    assert list(labels.read(write(tmp_path))) == []


BAD = [
    (["name\tlabel\n", "a\n"], "labels.any:2: expected 2 tab-separated columns .name, label., found 1: 'a'"),
    (["name\tlabel\n", "\ta\n"], "labels.any:2: expected the name of an entity, found ''"),
    (["name\tprior\n", "a\t-1\n"], "labels.any:2: expected a prior .a number from 1e-30 to 1e.30., found '-1'"),
    (["name\tprior\n", "a\tnan\n"], "labels.any:2: expected a prior"),
    ([{"name": "a"}, "{\n"], "labels.any:2: expected a JSON object"),
    ([{"name": "a"}, "3\n"], "labels.any:2: expected a JSON object, found '3'"),
    ([{"name": "a"}, "[" * 100_000 + "\n"], "labels.any:2: expected a JSON object"),
    ([{"label": "a"}], "labels.any:1: expected the name of an entity, found ''"),
    ([{"name": 3}], "labels.any:1: expected the name of an entity, found 3"),
    ([{"name": "a\0"}], "labels.any:1: expected the name of an entity"),
    ([{"name": "\ud800"}], "labels.any:1: expected the name of an entity"),
    ([{"name": "a", "label": ["b"]}], "labels.any:1: expected label, description and aliases of well-formed text"),
    ([{"name": "a", "label": "\ud800"}], "labels.any:1: expected label, description and aliases of well-formed text"),
    ([{"name": "a", "aliases": "b"}], "labels.any:1: expected a list of aliases, found 'b'"),
    ([{"name": "a", "aliases": [1]}], "labels.any:1: expected label, description and aliases of well-formed text"),
    ([{"name": "a", "prior": True}], "labels.any:1: expected a prior"),
    ([{"name": "a", "prior": 0}], "labels.any:1: expected a prior"),
    ([{"name": "a", "prior": 10**400}], "labels.any:1: expected a prior"),
]


@pytest.mark.parametrize(("content", "message"), BAD)
def test_a_bad_line_stops_or_is_skipped(tmp_path, content, message):
    path = write(tmp_path, *content)
    with pytest.raises(DataError, match=message):
        list(labels.read(path))
    assert len(list(labels.read(path, bad=Skipped(1)))) == message.startswith("labels.any:2: expected a JSON")


@pytest.mark.parametrize("header", ["label\tdescription\n", "name\tname\n", "name\tcolour\n"])
def test_a_bad_header_always_stops(tmp_path, header):
    with pytest.raises(DataError, match=r"labels.any:1: expected a header of the columns name, label"):
        list(labels.read(write(tmp_path, header, "a\tb\n"), bad=Skipped(9)))


def test_broken_utf8(tmp_path):
    path = tmp_path / "labels.tsv"
    path.write_bytes(b"name\tlabel\na\t\xff\nb\tB\n")
    with pytest.raises(DataError, match=r"labels.tsv:2: expected UTF-8"):
        list(labels.read(path))
    assert list(labels.read(path, bad=Skipped(1))) == [EntityText("b", "B")]
