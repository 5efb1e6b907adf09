"""Behaviour graphs on the terminal."""

import json
import re

import pytest


def test_a_user_as_a_table(kbert, behaviour):
    shown = kbert("graph", "show", behaviour, "--user", "u1").stdout
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines() if line.startswith("│")]
    assert rows[:3] == [["age", "1"], ["town", "east"], ["friends", "u0"]]
    assert rows[3] == ["1", "b1", "b1", "0", "learnt"]
    assert rows[5] == ["3", "b3", "The third", "2", "learnt"]
    assert [row[-1] for row in rows[3:]] == ["learnt"] * 5 + ["dev", "test"]
    assert "7 events" in shown


def test_a_user_as_json(kbert, behaviour):
    found = kbert("graph", "show", behaviour, "--user", "u3", "--json").json
    assert found["friends"] == []
    assert found["events"][0] == {"item": "b3", "label": "The third", "time": 0.0, "split": "learnt"}


def test_many_events_are_cut_and_dates_shown(kbert, tmp_path):
    days = [f"u\ti{day}\t2024-{1 + day // 28:02}-{1 + day % 28:02}\t{day}\n" for day in range(205)]
    (tmp_path / "x.tsv").write_text("user\titem\ttime\tvalue\n" + "".join(days), encoding="utf-8")
    kbert("graph", "behaviour", tmp_path / "x.tsv", "-o", tmp_path / "graph", "-q")
    shown = kbert("graph", "show", tmp_path / "graph", "--user", "u").stdout
    assert "… and 5 before them (--all shows them)" in shown
    assert "│   6 │ i5   │ i5    │ 2024-01-06 │     5 │ learnt │" in shown
    assert "│   1 │" not in shown
    assert "friends │ none" in shown
    whole = kbert("graph", "show", tmp_path / "graph", "--user", "u", "--all").stdout
    assert "│   1 │ i0   │ i0    │ 2024-01-01 │     0 │ learnt │" in whole
    assert "before them" not in whole


def test_without_a_user_what_building_it_printed(kbert, behaviour):
    folder = behaviour.parent
    files = (folder / f"{name}.tsv" for name in ("loans", "users", "friends", "books"))
    built = kbert("graph", "behaviour", *files, "-o", folder / "again", "-q").stdout
    shown = kbert("graph", "show", folder / "again").stdout
    assert shown == built
    assert re.search(r"density: pairs of user and item with an event +│ +58\.3% │", shown)
    assert re.search(r"events per user, 50 % quantile +│ +7 │", shown)
    found = kbert("graph", "show", behaviour, "--json").json
    counts = json.loads((behaviour / "manifest.json").read_text(encoding="utf-8"))["counts"]
    assert (found["counts"], found["density"]) == (counts, pytest.approx(7 / 12))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--user", "uu1"), "has no user 'uu1' (did you mean 'u1'?)"),
        (("--id", "x"), "--id is for text graphs, and {} holds behaviour"),
        (("-n", "0"), "--number is for text graphs, and {} holds behaviour"),
        (("--encoder", "x", "--user", "u1"), "--encoder is for text graphs"),
        (("--max-facts", "2"), "--max-facts is for text graphs"),
        (("--all",), "--all lists every event of a user: name one with --user"),
    ],
)
def test_what_cannot_be_shown(kbert, behaviour, words, message):
    assert message.format(behaviour) in kbert("graph", "show", behaviour, *words, code=2).stderr


def test_users_are_of_behaviour_graphs(kbert, graphs):
    dev = graphs / "own" / "dev"
    message = kbert("graph", "show", dev, "--user", "u", code=2).stderr
    assert f"--user is for behaviour graphs, and {dev} holds none" in message
