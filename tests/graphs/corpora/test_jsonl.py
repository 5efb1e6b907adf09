import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.corpora.jsonl import read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.types import Candidate, Document, Mention, Role, Target, Token

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(str.strip)


def documents(tmp_path, *rows, **options):
    file = tmp_path / "part.jsonl"
    written = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    file.write_text("\n".join(written), encoding="utf-8", newline="")
    return list(read(file, **options))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"text": "Grüße 👍"}, Document("part:1", ("Grüße 👍",))),
        ({"id": 7, "group": "g", "text": "a", "text_b": "b"}, Document("7", ("a", "b"), group="g")),
        ({"texts": ["a", "b"], "label": 1}, Document("part:1", ("a", "b"), target=Target(label="1"))),
        ({"text": "a", "label": True, "other": {}}, Document("part:1", ("a",), target=Target(label="true"))),
        ({"text": "a", "label": None, "id": None}, Document("part:1", ("a",))),
        ({"text": "a", "labels": []}, Document("part:1", ("a",), target=Target(labels=()))),
        ({"text": "a", "labels": ["x", "y"]}, Document("part:1", ("a",), target=Target(labels=("x", "y")))),
        (
            {"text": "a", "value": 2, "values": [1, 2.5]},
            Document("part:1", ("a",), target=Target(value=2.0, values=(1.0, 2.5))),
        ),
        (
            {"tokens": ["ab", "cd"], "tags": ["O", "B-X"]},
            Document("part:1", ("ab cd",), tokens=(Token(0, 0, 2), Token(0, 3, 5)), target=Target(tags=("O", "B-X"))),
        ),
        (
            {"text": "l'ami\n!", "tokens": ["l'", "ami", "!"]},
            Document("part:1", ("l'ami\n!",), tokens=(Token(0, 0, 2), Token(0, 2, 5), Token(0, 6, 7))),
        ),
    ],
)
def test_documents(tmp_path, row, expected):
    assert documents(tmp_path, row) == [expected]


def test_mentions_and_spans(tmp_path):
    row = {
        "texts": ["👍 Tim Cook", "北京好"],
        "mentions": [
            {"start": 2, "end": 10, "entity": "Q265852", "score": 0.5, "candidates": [{"entity": "Q1", "score": 0.25}]},
            {"text": 1, "start": 0, "end": 2, "entity": None},
        ],
        "spans": [{"role": "head", "start": 2, "end": 5}, {"role": "tail", "text": 1, "start": 2, "end": 3}],
    }
    (document,) = documents(tmp_path, row)
    assert document.mentions == (
        Mention(0, 2, 10, "Q265852", 0.5, "given", (Candidate("Q1", 0.25),)),
        Mention(1, 0, 2, None, 1.0),
    )
    assert document.spans == (Role("head", 0, 2, 5), Role("tail", 1, 2, 3))
    assert document.texts[0][2:10] == "Tim Cook"


def test_renamed_keys(tmp_path):
    row = {"sentence": "good", "stars": 5, "text": "not this", "who": "u1"}
    named = {"text": "sentence", "target": "stars", "group": "who"}
    assert documents(tmp_path, row, columns=named) == [
        Document("part:1", ("good",), group="u1", target=Target(label="5"))
    ]
    with pytest.raises(DataError, match=r":1: expected a key 'stars' for label, found the keys 'sentence, who'"):
        documents(tmp_path, {"sentence": "good", "who": "u1"}, columns=named)


def test_a_field_named_empty_is_not_read(tmp_path):
    row = {"text": "a", "labels": [{"span": [0, 1]}], "label": ""}
    assert documents(tmp_path, row, columns={"labels": "", "target": ""}) == [Document("part:1", ("a",))]


def test_blank_lines_hold_nothing(tmp_path):
    assert [d.id for d in documents(tmp_path, "", {"text": "a"}, " ", {"text": "b"}, "")] == ["part:2", "part:4"]


@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT, st.floats(allow_nan=False, allow_infinity=False)), max_size=4))
def test_what_json_writes_is_read(tmp_path_factory, rows):
    file = tmp_path_factory.mktemp("jsonl") / "a.jsonl"
    keys = ("id", "text", "label", "value")
    lines = (json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=i % 2 == 0) for i, row in enumerate(rows))
    file.write_text("\n".join(lines), encoding="utf-8", newline="")
    assert [(d.id, d.texts[0], d.target.label, d.target.value) for d in read(file)] == rows


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "expected JSON, found Expecting property name"),
        ('{"text": "a", "text": "b"}', "expected JSON, found the key 'text' twice in one object"),
        ('{"text": "a", "value": NaN}', "expected JSON, found NaN, which JSON does not have"),
        ("[" * 100_000, "expected JSON, found lists or objects nested too deeply"),
        ('{"text": "a", "value": ' + "9" * 5_000 + "}", "expected JSON, found Exceeds the limit"),
        (r'{"text": "a\ud800"}', "expected Unicode text, found half of a surrogate pair"),
        ("[1]", r"expected an object, found '\[1\]'"),
        ({}, "expected a text, texts or tokens, found the keys ''"),
        ({"text_b": "a"}, "expected text, with or without text_b, or texts"),
        ({"text": "a", "texts": ["a"]}, "expected text, with or without text_b, or texts"),
        ({"text": 3}, "expected a string that is not blank as text, found 3"),
        ({"text": " "}, "expected a string that is not blank as text, found ' '"),
        ({"texts": ["a", "b", "c"]}, "expected one or two texts that are not blank"),
        ({"texts": ["a", " "]}, "expected one or two texts that are not blank"),
        ({"texts": "ab"}, "expected a list as texts, found 'ab'"),
        ({"texts": ["a", "b"], "tokens": ["a"]}, "expected one text beside tokens"),
        ({"text": "a", "id": 1.5}, "expected a string or a whole number as id, found 1.5"),
        ({"text": "a", "label": ""}, "expected a string that is not blank as label, found ''"),
        ({"text": "a", "labels": ["x", 3]}, "expected a list of strings as labels"),
        ({"text": "a", "value": "3"}, "expected a finite number as value, found '3'"),
        ({"text": "a", "value": True}, "expected a finite number as value, found True"),
        ({"text": "a", "value": 10**400}, "expected a finite number as value"),
        ('{"text": "a", "value": 1e999}', "expected a finite number as value, found inf"),
        ({"text": "a", "values": [1, None]}, "expected a finite number as values, found None"),
        ({"tokens": []}, "expected at least one token, found none"),
        ({"tokens": [" ", "\u3000"]}, "expected tokens that are not blank, found "),
        ({"tokens": ["a", ""]}, "expected a list of strings as tokens"),
        ({"text": "a b", "tokens": ["a", "c"]}, "expected tokens that make up the text, .* found 'c' where the text"),
        ({"text": "a", "tags": ["O"]}, "expected tokens beside tags, found none"),
        ({"tokens": ["a"], "tags": ["O", "O"]}, r"expected as many tags as tokens \(1\), found 2"),
        ({"tokens": ["a"], "tags": [" "]}, "expected a tag for each token, found an empty one"),
        ({"text": "a", "mentions": {}}, r"expected a list as mentions, found \{\}"),
        ({"text": "a", "mentions": [3]}, "expected a list of objects as mentions, found 3"),
        ({"text": "abc", "mentions": [{"start": 0}]}, r"expected a whole number as end in mentions\[0\], found None"),
        ({"text": "abc", "mentions": [{"start": True, "end": 2}]}, r"expected a whole number as start"),
        (
            {"text": "abc", "mentions": [{"start": 0, "end": 4}]},
            r"expected a span inside its text of 3 characters in mentions\[0\], found 0 to 4",
        ),
        ({"text": "abc", "spans": [{"role": "head", "start": 1, "end": 1}]}, "expected a span inside its text"),
        ({"text": "abc", "spans": [{"role": "head", "start": -1, "end": 1}]}, "expected a span inside its text"),
        ({"text": "abc", "spans": [{"start": 0, "end": 1}]}, r"expected a role among mention, .* in spans\[0\]"),
        (
            {"text": "abc", "mentions": [{"text": 1, "start": 0, "end": 1}]},
            r"expected the number of one of the 1 texts \(from 0\) in mentions\[0\], found 1",
        ),
        (
            {"text": "abc", "mentions": [{"start": 0, "end": 1, "score": 1.5}]},
            r"expected a score from 0 to 1 in mentions\[0\], found 1.5",
        ),
        (
            {"text": "abc", "mentions": [{"start": 0, "end": 1, "candidates": [{"score": 1}]}]},
            r"expected an entity in mentions\[0\] in candidates\[0\], found none",
        ),
    ],
)
def test_errors_in_the_data(tmp_path, row, message):
    with pytest.raises(DataError, match=rf"part\.jsonl:2: {message}"):
        documents(tmp_path, {"text": "a"}, row)


def test_errors_in_the_options(tmp_path):
    with pytest.raises(OptionsError, match=r"a JSON line has no field 'txt' \(did you mean 'text'\?\)"):
        documents(tmp_path, {"text": "a"}, columns={"txt": "a"})
    with pytest.raises(OptionsError, match="target and label are the same field"):
        documents(tmp_path, {"text": "a"}, columns={"target": "a", "label": "b"})


def test_bad_lines_are_skipped_and_counted(tmp_path):
    skipped = Skipped(2)
    assert [d.id for d in documents(tmp_path, {"text": "a"}, "x", {"text": ""}, {"text": "b"}, bad=skipped)] == [
        "part:1",
        "part:4",
    ]
    assert [error.line for error in skipped.errors] == [2, 3]


def test_numbers_are_read_exactly(tmp_path):
    (document,) = documents(tmp_path, {"text": "a", "value": math.pi})
    assert document.target.value == math.pi
