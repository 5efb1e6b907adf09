"""Asking a recommender from the command line."""

import json
import shutil
from contextlib import contextmanager

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
        (("--items", "b1", "--items", "b2"), 2, "--items are those of one user: many users go into a FILE"),
        (("--items", ""), 2, "--items: expected names parted by commas, found ''"),
        (("--items", "b1,,b2"), 2, "--items: expected names parted by commas, found 'b1,,b2'"),
        (("--items", "b1", "--skip-bad", "1"), 2, "--skip-bad goes with a FILE"),
        (("--items", "b1", "--behaviour", "x"), 2, "--behaviour goes with users of the graph"),
    ],
)
def test_what_cannot_be_asked(kbert, behaviour_runs, words, code, message):
    assert message in kbert("recommend", behaviour_runs / "second", *words, code=code).stderr


MIXED = ["u1", "", '{"user": "eve", "items": ["b1", "b2"]}', '{"items": ["b3"], "user": 7, "since": 2024}', "u2"]


def test_strangers_among_users_of_the_graph(kbert, behaviour_runs, tmp_path):
    """A line with items is answered as --items are; one with a user of the graph whom it names otherwise, too."""
    users = tmp_path / "users.txt"
    users.write_text("\n".join(MIXED), encoding="utf-8")
    words = ("recommend", behaviour_runs / "second")
    shown = kbert(*words, users, "--json", json_lines=True).stdout
    found = [json.loads(line) for line in shown.splitlines()]
    assert [(line["user"], line["history"]) for line in found] == [("u1", 7), ("eve", 2), ("7", 1), ("u2", 7)]
    for line, items in zip(found[1:3], ("b1,b2", "b3"), strict=True):
        alone = kbert(*words, "--items", items, "--json").json
        assert [one["item"] for one in line["items"]] == [one["item"] for one in alone["items"]]
        scores = [[one["score"] for one in answer["items"]] for answer in (line, alone)]
        assert scores[0] == pytest.approx(scores[1], abs=1e-4)
    assert kbert(*words, "-", "--json", json_lines=True, input="\n".join(MIXED)).stdout == shown
    assert "eve" in kbert(*words, "-", input=MIXED[2]).stdout


def test_strangers_alone_need_no_graph(kbert, behaviour_runs, tmp_path):
    words = ("recommend", behaviour_runs / "causal", "-", "--json", "--behaviour", tmp_path / "none")
    assert json.loads(kbert(*words, json_lines=True, input=MIXED[2]).stdout)["user"] == "eve"
    message = kbert(*words, input="\n".join(MIXED[2::-1]), code=1).stderr
    assert "expected a behaviour graph (see kbert graph behaviour), found no such folder" in message
    message = kbert(*words, "--skip-bad", "5", input="u1", code=1).stderr
    assert "found no such folder" in message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("uu1", "or an object with user and items, found 'uu1' (did you mean 'u1'?)"),
        (
            '{"user": "eve", "items": ["b1", "bb2"]}',
            "expected items that were learnt, found 'bb2' (did you mean 'b2'?)",
        ),
        ('{"user": "eve"}', "expected a user of"),
        ('{"user": "u1", "item": ["b1"]}', "an object with user and items, or user alone, found the keys user, item"),
        ('{"items": ["b1"]}', "expected an object with user and items, or user alone, found the keys items"),
        ('{"user": "eve", "items": [1]}', "expected a list of strings as items, found [1]"),
        ('{"user": "eve"', "expected JSON, found "),
    ],
)
def test_bad_lines(kbert, behaviour_runs, tmp_path, line, message):
    users, out = tmp_path / "users.txt", tmp_path / "out.jsonl"
    users.write_text(f"u1\n{line}\nu2\n", encoding="utf-8")
    words = ("recommend", behaviour_runs / "second", users, "-k", "1", "-o", out)
    told = kbert(*words, code=1).stderr
    assert f"{users}:2: expected" in told
    assert message in told
    assert not out.exists()
    assert f"skipped {users}:2: expected" in kbert(*words, "--skip-bad", "1").stderr
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["user"] for line in lines] == ["u1", "u2"]


def test_nobody_is_asked_about(kbert, behaviour_runs):
    found = kbert("recommend", behaviour_runs / "second", "-", "--json", json_lines=True, input="\n")
    assert (found.stdout, found.stderr) == ("", "- asks about nobody\n")


def test_a_user_of_the_graph_as_an_object(kbert, behaviour_runs):
    words = ("recommend", behaviour_runs / "second", "-", "--json")
    one, other = (kbert(*words, json_lines=True, input=said).stdout for said in ("u1", '{"user": "u1"}'))
    assert one == other


def test_more_bad_lines_than_are_allowed(kbert, behaviour_runs):
    words = ("recommend", behaviour_runs / "second", "-", "--skip-bad", "1")
    message = kbert(*words, input="a\nu1\nb\n", code=1).stderr
    assert "-:3: expected a user of" in message
    assert "(bad line 2, 1 allowed)" in message


def test_answers_go_out_while_users_come_in(kbert, behaviour_runs, monkeypatch):
    """No more users are held than are answered together."""
    came, ahead = 0, []

    def many(*_, **__):
        nonlocal came
        for came in range(1, 2_001):
            yield f"x{came}", ["b1"]

    @contextmanager
    def writer(file):
        yield lambda line: ahead.append(came - len(ahead))

    monkeypatch.setattr("kbert.asked_users.histories", many)
    monkeypatch.setattr("cli.commands.recommend.writer", writer)
    kbert("recommend", behaviour_runs / "causal", "users.txt", "--json", json_lines=True)
    assert len(ahead) == 2_000
    assert max(ahead) <= 257
