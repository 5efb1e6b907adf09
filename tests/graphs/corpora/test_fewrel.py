import json

import pytest

from graphs.corpora.fewrel import read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.types import Document, Mention, Role, Target, Token

ONE = {
    "tokens": ["Saltby", "\u00a0", "lies", "in", "Nordvale", ",", "says", "Saltby"],
    "h": ["saltby", "Q5", [[0], [7]]],
    "t": ["nordvale", "Q6", [[4]]],
}


def example(number):
    return {"tokens": [f"w{number}", "a", "b"], "h": ["a", "Q1", [[1]]], "t": ["b", "Q2", [[0, 1, 2]]]}


def documents(tmp_path, content, **options):
    file = tmp_path / "wiki.json"
    written = content if isinstance(content, str) else json.dumps(content, indent=options.pop("indent", None))
    file.write_text(written, encoding="utf-8")
    return list(read(file, **options))


def test_a_document(tmp_path):
    (document,) = documents(tmp_path, {"P131": [ONE]})
    spans = [(0, 6), (9, 13), (14, 16), (17, 25), (26, 27), (28, 32), (33, 39)]
    assert document == Document(
        "wiki:P131:0",
        ("Saltby \u00a0 lies in Nordvale , says Saltby",),
        tokens=tuple(Token(0, *span) for span in spans),
        mentions=(Mention(0, 0, 6, "Q5"), Mention(0, 33, 39, "Q5"), Mention(0, 17, 25, "Q6")),
        spans=(Role("head", 0, 0, 6), Role("tail", 0, 17, 25)),
        target=Target(label="P131"),
    )


def test_names_of_the_graph(tmp_path):
    names = tmp_path / "names.jsonl"
    names.write_text('{"id": "/m/5", "wikidata": "Q5"}\n', encoding="utf-8")
    (document,) = documents(tmp_path, {"P131": [ONE]}, names=str(names))
    assert [mention.entity for mention in document.mentions] == ["/m/5", "/m/5", "Q6"]


@pytest.mark.parametrize("indent", [None, 1])
def test_some_examples_of_each_relation(tmp_path, indent):
    content = {"P1": [example(i) for i in range(5)], "P2": [], "P3": [example(i) for i in range(2)]}
    for examples, wanted in [(":", "P1 01234 P3 01"), ("1:3", "P1 12 P3 1"), ("-1:", "P1 4 P3 1"), (":-2", "P1 012")]:
        found = {}
        for document in documents(tmp_path, content, indent=indent, examples=examples):
            found.setdefault(document.target.label, []).append(document.id.rpartition(":")[2])
        assert " ".join(f"{relation} {''.join(numbers)}" for relation, numbers in found.items()) == wanted
    with pytest.raises(OptionsError, match="examples: expected FIRST:END, such as 0:500 or -100:, found '5'"):
        documents(tmp_path, content, examples="5")


def test_nothing_at_all(tmp_path):
    assert documents(tmp_path, " {} \n") == []
    assert documents(tmp_path, '\ufeff{"P1": [ ]}') == []


def test_lines_are_those_of_the_examples(tmp_path):
    content = '{"P1": [\n%s,\n\n%s],\n"P2":\n[%s]}\n' % ((json.dumps(ONE),) * 3)
    assert [document.line for document in documents(tmp_path, content)] == [2, 4, 6]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"tokens": []}, r"expected words that are not blank in example 1 of P1, found \[\]"),
        ({"tokens": "ab"}, "expected a list as tokens in example 1 of P1"),
        ({"h": ["saltby", "Q5"]}, "expected a name, an id and lists of positions as h in example 1 of P1"),
        ({"h": ["saltby", "Q5", []]}, "expected a name, an id and lists of positions as h in example 1 of P1"),
        ({"h": ["saltby", "", [[0]]]}, "expected a name, an id and lists of positions as h in example 1 of P1"),
        ({"t": ["a", "Q6", [0]]}, "expected lists of positions as t in example 1 of P1, found 0"),
        ({"t": ["a", "Q6", [["x"]]]}, "expected lists of positions as t in example 1 of P1"),
        (
            {"t": ["a", "Q6", [[0, 2]]]},
            r"expected positions that follow one another in t in example 1 of P1",
        ),
        ({"t": ["a", "Q6", [[8]]]}, "expected a span inside its 8 words in example 1 of P1, found 8 to 9"),
        ({"t": ["a", "Q6", [[1]]]}, "expected a span of words that are not blank in example 1 of P1, found 1 to 2"),
    ],
)
def test_bad_examples(tmp_path, changed, message):
    content = {"P1": [ONE, ONE | changed, ONE]}
    with pytest.raises(DataError, match=rf"wiki\.json:1: {message}"):
        documents(tmp_path, content)
    assert [d.id for d in documents(tmp_path, content, bad=Skipped(1))] == ["wiki:P1:0", "wiki:P1:2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"1: expected '\{' before the relations, found the end of the file"),
        ("[]", r"1: expected '\{' before the relations, found '\[\]'"),
        ('{"P1": [],\n"P1": []}', "2: expected the name of each relation once, as a string, found 'P1'"),
        ("{3: []}", "1: expected the name of each relation once, as a string, found 3"),
        ('{"P1"\n[]}', "2: expected ':' behind 'P1'"),
        ('{"P1": {}}', r"1: expected '\[' before the examples of 'P1', found '\{\}\}'"),
        ('{"P1": [3]}', "1: expected an object in example 0 of P1, found '3'"),
        ('{"P1": []\n, "P2": []\n} x', "3: expected nothing more, found 'x'"),
        ('{"P1": [{"a": 1,\n"a": 2}]}', "1: expected JSON, found the key 'a' twice in one object"),
        ('{"P1": [\n{]}', "2: expected JSON, found"),
        ('{"P1": [\n{} {}]}', "2: expected ',' between the examples of 'P1'"),
    ],
)
def test_what_is_no_such_file(tmp_path, content, message):
    with pytest.raises(DataError, match=rf"wiki\.json:{message}"):
        documents(tmp_path, content)


def test_bytes_that_are_not_utf_8(tmp_path):
    (tmp_path / "wiki.json").write_bytes(b'{"P1":\n"\xff"}')
    with pytest.raises(DataError, match=r"wiki\.json:2: expected UTF-8, found byte 0xff"):
        list(read(tmp_path / "wiki.json"))


def test_there_are_no_columns(tmp_path):
    with pytest.raises(OptionsError, match="a file of FewRel has no field 'text'"):
        documents(tmp_path, {}, columns={"text": "sentence"})
