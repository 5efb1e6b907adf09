import json

import pytest

from graphs.corpora.opennre import read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.types import Document, Mention, Role, Target, Token

WORDS = {
    "token": ["Nora", "Ruddock", "founded", "the", "Ruddock", "Mills"],
    "h": {"name": "Nora Ruddock", "id": "Q1", "pos": [0, 2]},
    "t": {"name": "Ruddock Mills", "pos": [4, 6]},
    "relation": "founded",
}
TEXT = {
    "id": 3,
    "text": "👍 Nora founded it",
    "h": {"pos": [2, 6], "id": "Nora Ruddock"},
    "t": {"pos": [15, 17], "id": "Ruddock Mills"},
}


def documents(tmp_path, *rows, **options):
    file = tmp_path / "part.txt"
    file.write_text("".join(row if isinstance(row, str) else f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return list(read(file, **options))


def test_documents(tmp_path):
    words, text = documents(tmp_path, WORDS, TEXT)
    spans = [(0, 4), (5, 12), (13, 20), (21, 24), (25, 32), (33, 38)]
    assert words == Document(
        "part:1",
        ("Nora Ruddock founded the Ruddock Mills",),
        tokens=tuple(Token(0, *span) for span in spans),
        mentions=(Mention(0, 0, 12, "Q1"),),
        spans=(Role("head", 0, 0, 12), Role("tail", 0, 25, 38)),
        target=Target(label="founded"),
    )
    assert text == Document(
        "3",
        ("👍 Nora founded it",),
        mentions=(Mention(0, 2, 6, "Nora Ruddock"), Mention(0, 15, 17, "Ruddock Mills")),
        spans=(Role("head", 0, 2, 6), Role("tail", 0, 15, 17)),
    )
    assert words.line == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("3\n", "expected an object, found '3'"),
        ({"h": {}, "t": {}}, "expected token, a list of words, or text, found the keys 'h, t'"),
        (WORDS | {"text": "a"}, "expected token, a list of words, or text"),
        (WORDS | {"token": [" "]}, "expected words that are not blank"),
        (WORDS | {"h": [0, 1]}, r"expected an object as h, found \[0, 1\]"),
        (WORDS | {"t": {"pos": [0]}}, r"expected two whole numbers as pos in t, found \[0\]"),
        (WORDS | {"t": {"pos": [0, True]}}, "expected two whole numbers as pos in t"),
        (WORDS | {"t": {"pos": [4, 7]}}, "expected a span inside its 6 words in t, found 4 to 7"),
        (WORDS | {"t": {"pos": [4, 4]}}, "expected a span inside its 6 words in t, found 4 to 4"),
        (TEXT | {"t": {"pos": [15, 18]}}, "expected a span inside its text of 17 characters in t, found 15 to 18"),
        (
            WORDS | {"token": ["a", " "], "h": {"pos": [0, 1]}, "t": {"pos": [1, 2]}},
            "expected a span of words",
        ),
    ],
)
def test_bad_lines(tmp_path, row, message):
    with pytest.raises(DataError, match=rf"part\.txt:2: {message}"):
        documents(tmp_path, WORDS, row)
    assert len(documents(tmp_path, WORDS, row, TEXT, bad=Skipped(1))) == 2


def test_there_are_no_columns(tmp_path):
    with pytest.raises(OptionsError, match="a file of OpenNRE has no field 'text'"):
        documents(tmp_path, WORDS, columns={"text": "sentence"})
