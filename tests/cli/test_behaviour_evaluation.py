"""Measuring recommenders from the command line."""

import shutil

import pytest


def test_figures_stand_beside_those_of_popularity(kbert, behaviour_runs):
    found = kbert("evaluate", behaviour_runs / "second", "--json").json
    assert {"kept", "excluded", "popularity", "by_length", "users", "elsewhere", "sampling", "protocol"} == found.keys()
    shown = kbert("evaluate", behaviour_runs / "causal", "--split", "dev").stdout
    assert "popularity" in shown
    assert "by length of the history" in shown
    assert "(the epoch was chosen on it)" in shown


def test_a_graph_that_has_moved(kbert, behaviour, behaviour_runs, tmp_path):
    shutil.copytree(behaviour, tmp_path / "moved")
    here = kbert("evaluate", behaviour_runs / "causal", "--json").json
    assert kbert("evaluate", behaviour_runs / "causal", tmp_path / "moved", "--json").json == here


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("none",), 1, "expected a behaviour graph (see kbert graph behaviour), found no such folder"),
        (("a", "b"), 2, "was trained on behaviour: measure on one graph of it"),
        (("--name", "x"), 2, "--name is for runs on texts or triples"),
        (("--skip-bad", "1"), 2, "--skip-bad is for runs on texts or triples"),
        (("--unseen",), 2, "--unseen is for runs on texts or triples"),
        (("--sampling", "popular"), 2, "--sampling goes with --negatives"),
        (("--seed", "1"), 2, "--seed goes with --negatives"),
        (("--negatives", "9"), 2, "negatives: expected at most the 5 items that a user never had, found 9"),
    ],
)
def test_what_cannot_be_measured(kbert, behaviour_runs, words, code, message):
    assert message in kbert("evaluate", behaviour_runs / "second", *words, code=code).stderr


def test_figures_among_drawn_rivals(kbert, behaviour_runs):
    words = ("--negatives", "3", "--sampling", "popular", "--seed", "2")
    found = kbert("evaluate", behaviour_runs / "causal", *words, "--json").json
    assert {"sampled", "popularity", "by_length", "users", "elsewhere", "sampling", "protocol"} == found.keys()
    assert found["sampling"] == {"negatives": 3, "how": "popular", "seed": 2}
    assert "among 3 items drawn by popularity (seed 2) that the user never had (held out" in found["protocol"]
    assert found["sampled"]["recall@5"] == 1.0
    assert (behaviour_runs / "causal" / "predictions" / "test-popular-3-2.json").is_file()
    assert "drawn" in kbert("evaluate", behaviour_runs / "causal", "--negatives", "3").stdout


def test_only_runs_on_behaviour_take_drawn_rivals(kbert, runs, triple_run):
    for run in (runs.bert, triple_run):
        message = kbert("evaluate", run, "--sampling", "popular", code=2).stderr
        assert "--sampling is for runs on behaviour" in message
