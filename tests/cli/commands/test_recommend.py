"""Asking a recommender from the command line."""

import json
import shutil

import pytest


def test_recommendations(kbert, behaviour_runs, tmp_path):
    shown = kbert("recommend", behaviour_runs / "second", "--user", "u0", "--user", "u3", "-k", "3").stdout
    assert "u0" in shown
    assert "u3" in shown
    line = json.loads(kbert("recommend", behaviour_runs / "second", "--items", "b1, b2", "--json").stdout)
    assert line["history"] == 2
    assert len(line["items"]) == 10
    assert not {"b1", "b2"} & {one["item"] for one in line["items"]}
    assert "The third" in {one["label"] for one in line["items"]}
    users = tmp_path / "users.txt"
    users.write_text("u1\n\nu2\n", encoding="utf-8")
    kbert("recommend", behaviour_runs / "causal", users, "-k", "2", "--seen", "-o", tmp_path / "out.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["user"], line["history"], len(line["items"])) for line in lines] == [("u1", 7, 2), ("u2", 7, 2)]


def test_a_graph_that_has_moved(kbert, behaviour, behaviour_runs, tmp_path):
    shutil.copytree(behaviour, tmp_path / "moved")
    words = ("recommend", behaviour_runs / "causal", "--user", "u0", "--json")
    here, moved = (kbert(*words, *more, json_lines=True) for more in ((), ("--behaviour", tmp_path / "moved")))
    assert here.stdout == moved.stdout
    message = kbert(*words, "--behaviour", tmp_path / "none", code=1).stderr
    assert "expected a behaviour graph (see kbert graph behaviour), found no such folder" in message


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "name users with --user or in a FILE, or give --items: one of the three"),
        (("--user", "u0", "--items", "b1"), 2, "one of the three"),
        (("--user", "uu0"), 2, "has no user 'uu0' (did you mean 'u0'?); with --items none need be known"),
        (("--items", "c1"), 2, "no item 'c1' was learnt"),
    ],
)
def test_what_cannot_be_asked(kbert, behaviour_runs, words, code, message):
    assert message in kbert("recommend", behaviour_runs / "second", *words, code=code).stderr
