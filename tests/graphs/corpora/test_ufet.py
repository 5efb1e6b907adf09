import json

import pytest

from graphs.corpora.ufet import GENERAL, read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.types import Document, Role, Target, Token

ROW = {
    "annot_id": "herald:7",
    "left_context_token": ["In", "Saltby"],
    "mention_span": "the old  baker",
    "right_context_token": ["sang", "."],
    "y_str": ["person", "baker", "person", "man"],
}


def documents(tmp_path, *rows, **options):
    file = tmp_path / "part.json"
    file.write_text("".join(row if isinstance(row, str) else f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return list(read(file, **options))


def test_a_document(tmp_path):
    (document,) = documents(tmp_path, ROW)
    starts = [(0, 2), (3, 9), (10, 13), (14, 17), (18, 23), (24, 28), (29, 30)]
    assert document == Document(
        "herald:7",
        ("In Saltby the old baker sang .",),
        tokens=tuple(Token(0, *span) for span in starts),
        spans=(Role("mention", 0, 10, 23),),
        target=Target(labels=("person", "baker", "man")),
    )
    assert (document.file, document.line) == (str(tmp_path / "part.json"), 1)


def test_general_types_alone(tmp_path):
    rows = [ROW, ROW | {"y_str": ["baker"]}]
    assert [d.target.labels for d in documents(tmp_path, *rows, labels="general")] == [("person",), ()]
    assert len(GENERAL) == 9
    with pytest.raises(OptionsError, match="labels: expected all or general, found 'fine'"):
        documents(tmp_path, ROW, labels="fine")


def test_what_need_not_be_there(tmp_path):
    row = {"left_context_token": [], "mention_span": "She", "right_context_token": [" ", "sang"]}
    (document,) = documents(tmp_path, row, "\n")
    assert (document.id, document.texts, document.target) == ("part:1", ("She   sang",), Target())
    assert document.tokens == (Token(0, 0, 3), Token(0, 6, 10))  # a blank word is none


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("[]\n", r"expected an object, found '\[\]'"),
        ("{\n", "expected JSON, found"),
        (
            {"mention_span": "a"},
            "expected left_context_token, mention_span and right_context_token, found the keys",
        ),
        (ROW | {"mention_span": " "}, "expected a string that is not blank as mention_span"),
        (ROW | {"left_context_token": "In"}, "expected a list as left_context_token"),
        (ROW | {"y_str": [3]}, "expected a list of strings as y_str"),
    ],
)
def test_bad_lines(tmp_path, row, message):
    with pytest.raises(DataError, match=rf"part\.json:2: {message}"):
        documents(tmp_path, ROW, row)
    assert len(documents(tmp_path, ROW, row, ROW, bad=Skipped(1))) == 2


def test_there_are_no_columns(tmp_path):
    with pytest.raises(OptionsError, match="a file of ultra-fine types has no field 'text'"):
        documents(tmp_path, ROW, columns={"text": "sentence"})
