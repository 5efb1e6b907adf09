"""Behaviour graphs from the command line."""

import re

import pytest


@pytest.fixture
def files(tmp_path):
    texts = {
        "loans.tsv": "user\titem\ttime\nu\ta\t1\nu\tb\t2\nu\tc\t2\nv\ta\t1\nv\ta\t3\n",
        "users.csv": "user,age,town\nu,30,Ghent\nv,40,\n",
        "friends.tsv": "user\tfriend\nu\tv\nu\tx\n",
        "x.item": "item_id:token\tmovie_title:token_seq\na\tA Way\n",
        "x.link": "item_id:token\tentity_id:token\na\tm.01\nb\tm.02\nz\tm.03\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [tmp_path / name for name in texts]


def test_files_of_several_formats(kbert, files, tmp_path):
    found = kbert("graph", "behaviour", *files, "-o", tmp_path / "graph", "--json").json
    counts = found["counts"]
    assert (counts["users"], counts["items"], counts["events"], counts["friends"]) == (2, 3, 5, 1)
    assert (counts["repeated"], counts["friends_of_unknown_users"], counts["items_with_a_label"]) == (1, 1, 1)
    assert (counts["items_with_an_entity"], counts["entities_of_unknown_items"]) == (2, 1)
    assert found["attributes"] == {"age": "number", "town": "category"}
    assert [(one["name"], one["holds"]) for one in found["files"]][:2] == [
        ("loans.tsv", {"events": 5}),
        ("users.csv", {"users": 2}),
    ]
    words = ("--repeats", "first", "--category", "age", "--ignore", "town", "--overwrite", "-q")
    shown = kbert("graph", "behaviour", *files, *words, "-o", tmp_path / "graph").stdout
    assert "items with an entity" in shown
    assert re.search(r"users.csv +│ +attributes of 2 users", shown)
    assert "last event tied in time │ 100.0%" in shown
    assert "category" in shown
    assert "town" not in shown


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--core", "9"), 1, "expected events that are left, found none with --core 9"),
        (("--number", "town"), 1, "users.csv:2: expected a number as town, found 'Ghent'"),
        (("--ignore", "twon"), 2, "no attribute 'twon' (did you mean 'town'?)"),
        (("--columns", "user=who"), 1, "expected a column 'who' for user"),
        (("--format", "tsf"), 2, "no 'tsf' in graphs.behaviours (did you mean 'tsv'?)"),
    ],
)
def test_what_cannot_be(kbert, files, tmp_path, words, code, message):
    assert message in kbert("graph", "behaviour", *files, *words, "-o", tmp_path / "graph", code=code).stderr
    assert not (tmp_path / "graph").exists()


def test_bad_lines(kbert, tmp_path):
    path = tmp_path / "loans.tsv"
    path.write_text("user\titem\ttime\nu\ta\tsoon\nu\tb\t2\n", encoding="utf-8")
    words = ("graph", "behaviour", path, "-o", tmp_path / "graph", "-q")
    assert f"{path}:2: expected a time" in kbert(*words, code=1).stderr
    assert f"skipped {path}:2" in kbert(*words, "--skip-bad", "1").stderr
