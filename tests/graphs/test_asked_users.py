"""Users who are asked about in a file."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.asked_users import AskedUser, read
from graphs.errors import DataError, Skipped

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1).filter(str.strip)
PLAIN = NAMES.map(str.strip).filter(lambda name: not name.startswith(("{", "\ufeff")))


@given(st.lists(PLAIN | st.tuples(NAMES, st.lists(NAMES, max_size=3))))
def test_names_and_objects_are_told_apart(tmp_path_factory, asked):
    path = tmp_path_factory.mktemp("asked") / "users.txt"
    lines = [one if isinstance(one, str) else json.dumps({"user": one[0], "items": one[1]}) for one in asked]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    assert [*read(path)] == [
        AskedUser(one, None, str(path), place) if isinstance(one, str) else AskedUser(*one, str(path), place)
        for place, one in enumerate(asked, 1)
    ]


def test_blank_lines_are_counted_and_passed_over(tmp_path):
    path = tmp_path / "users.txt"
    path.write_text(' ada \n\n \t\n  {"user": "eve", "items": []}\n{"user": "{x"}\n', encoding="utf-8")
    assert [*read(path)] == [
        AskedUser("ada", None, str(path), 1),
        AskedUser("eve", [], str(path), 4),
        AskedUser("{x", None, str(path), 5),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{}", r"users.txt:2: expected an object with user and items, or user alone, found the keys none"),
        (
            '{"user": "a", "items": null}',
            r"users.txt:2: expected an object with user and items, or user alone, found the keys us",
        ),
        ('{"user": "a", "items": "b"}', r"users.txt:2: expected a list as items, found 'b'"),
        ('{"user": " ", "items": ["b"]}', r"users.txt:2: expected a string that is not blank as user"),
        ('{"user": "a", "items": ["b"]} x', r"users.txt:2: expected JSON, found Extra data"),
        ('{"user": "a", "user": "b", "items": []}', r"users.txt:2: expected JSON, found the key 'user' twice"),
        (b"\xff", r"users.txt:2: expected UTF-8, found byte 0xff"),
    ],
)
def test_bad_lines(tmp_path, line, message):
    path = tmp_path / "users.txt"
    path.write_bytes(b"ada\n" + (line if isinstance(line, bytes) else line.encode()) + b"\nben\n")
    with pytest.raises(DataError, match=message):
        [*read(path)]
    bad = Skipped(1)
    assert [asked.user for asked in read(path, bad=bad)] == ["ada", "ben"]
    assert len(bad.errors) == 1
