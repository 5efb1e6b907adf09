"""Tables of what phrases mean, and what is wrong with some."""

from pathlib import Path

import pytest

from graphs.errors import DataError
from graphs.phrase_map import Meaning, plain, read

RELATIONS = ["founded", "lives in"]
SAMPLE = Path(__file__).parents[2] / "sample_data" / "english" / "firms" / "phrases.tsv"


def write(tmp_path, *lines):
    path = tmp_path / "phrases.tsv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_meanings(tmp_path):
    rows = ["Set  Up\tfounded", "was founded by\tfounded\tinverse", "stays in\tlives in\town", "set up\tlives in"]
    expected = {
        "set up": [Meaning("founded", False), Meaning("lives in", False)],
        "was founded by": [Meaning("founded", True)],
        "stays in": [Meaning("lives in", False)],
    }
    for header in ((), ("phrase\trelation",), ("phrase\trelation\tdirection",)):
        assert read(write(tmp_path, *header, *rows), RELATIONS) == expected
    assert plain("SET UP ") in expected


def test_the_sample():
    relations = ["founded", "works for", "lives in", "based in", "lies in", "married to", "owns"]
    found = read(SAMPLE, relations)
    assert len(found) == 17
    assert found["belongs to"] == [Meaning("owns", True)]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a"], r"phrases\.tsv:1: expected 2 or 3 tab-separated columns \(phrase, relation, direction\), found 1: 'a'"),
        (["a\tfound"], r":1: expected one of the 2 relations of the run, found 'found' \(did you mean 'founded'\?\)"),
        (["a\tfounded", "a\tfounded\tback"], r":2: expected the direction own or inverse, found 'back'"),
        (["a\tfounded", "A\tfounded\town"], r":2: expected a phrase and a relation that no line before it has, found"),
        (["a\tfounded", " \tfounded"], r":2: expected a phrase, found an empty field"),
        (["a\tfounded", "phrase\trelation"], r":2: expected one of the 2 relations of the run, found 'relation'"),
        (["phrase\trelation"], r"phrases\.tsv: expected phrases and what they mean, found none"),
    ],
)
def test_bad_tables(tmp_path, lines, message):
    with pytest.raises(DataError, match=message):
        read(write(tmp_path, *lines), RELATIONS)
