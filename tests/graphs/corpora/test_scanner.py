"""A file of one JSON value, read part by part: each part is known by its line, whatever the spaces."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.corpora._scanner import Scanner
from graphs.errors import DataError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def scanner(folder: Path, content: str | bytes) -> Scanner:
    file = folder / "a.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Scanner(file)


def items(scan: Scanner) -> list[tuple[int, object]]:
    """The items of a list with their lines."""
    scan.take("[", "at the start")
    found = [(line, scan.value()[0]) for line in scan.separated("]", "between items")]
    scan.end()
    return found


@given(st.lists(VALUES, max_size=4), st.sampled_from([None, 0, 2]))
def test_a_list_against_json(
    tmp_path_factory: pytest.TempPathFactory, values: list[object], indent: int | None
) -> None:
    written = json.dumps(values, indent=indent)
    found = items(scanner(tmp_path_factory.mktemp("scan"), written + "\n"))
    assert [value for _, value in found] == values
    if indent == 0 and values and not any(isinstance(value, list | dict) for value in values):
        assert [line for line, _ in found] == list(range(2, len(values) + 2))


def test_lines_and_what_was_written(tmp_path: Path) -> None:
    scan = scanner(tmp_path, '\ufeff\n\n{"a":\n [1,\r\n 2]} \n\n3')
    assert scan.line == 3
    assert scan.value() == ({"a": [1, 2]}, '{"a":\n [1,\r\n 2]}')
    assert scan.line == 7
    assert scan.value() == (3, "3")
    scan.end()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", r"json:1: expected '\[' at the start, found '\{\}'"),
        ("[1\n2]", r"json:2: expected ',' between items, found '2\]'"),
        ("[1,\n\n2", "json:3: expected ',' between items, found the end of the file"),
        ("[1,\n]", "json:2: expected JSON, found Expecting value"),
        ("[1]\n\n[", r"json:3: expected nothing more, found '\['"),
        ("[\n" + "[" * 100_000, "json:2: expected JSON, found lists or objects nested too deeply"),
        (b"[\n1, \xff]", "json:2: expected UTF-8, found byte 0xff"),
    ],
)
def test_what_is_not_there(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        items(scanner(tmp_path, content))
