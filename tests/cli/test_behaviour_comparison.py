"""Runs on behaviour side by side, from the command line."""

import pytest

from kbert.compare_recommenders import METRICS


@pytest.fixture(scope="module")
def measured(kbert, behaviour_runs):
    """The folders of runs, all of which were measured on test and dev."""
    folders = [behaviour_runs / name for name in ("causal", "second", "first")]
    for folder in folders:
        for split in ("test", "dev"):
            kbert("evaluate", folder, "--split", split, "-q")
    return folders


def test_a_table_for_each_metric(kbert, measured):
    lines = kbert("compare", *measured).stdout.splitlines()
    titles = [line for line in lines if "10 users, items seen kept" in line]
    assert titles == [f"{metric} on test, 10 users, items seen kept" for metric in METRICS]
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]
    assert len(rows) == 3 * 4
    assert [row[0].partition(" ")[0] for row in rows[:4]] == ["uprec", "uprec", "uprec", "popularity"]
    assert "pre-trained" in rows[1][0]
    assert "objective=masked" in rows[1][0]
    assert [row[1] for row in rows[:4]] == ["0", "0", "0", ""]
    assert rows[0][4:] == ["", ""]
    assert rows[3][4][0] in "+-"
    assert "(held out: nothing was learnt from it or chosen on it)" in lines[-5]
    assert lines[-1].startswith("(One seed of a system")


def test_figures_are_those_of_evaluate(kbert, measured):
    for words, split, seen in (((), "test", "kept"), (("--on", "dev", "--exclude-seen"), "dev", "excluded")):
        found = kbert("compare", *measured, *words, "--json").json
        assert (found["data"], found["rivals"]) == (split, seen)
        told = kbert("evaluate", measured[0], "--split", split, "--json").json
        for name in METRICS:
            own, *_, popular = (system["figures"][name]["mean"] for system in found["systems"])
            assert own == pytest.approx(told[seen][name])
            assert popular == pytest.approx(told["popularity"][seen][name])


def test_items_that_were_drawn_are_told(kbert, measured):
    kbert("evaluate", measured[0], "--negatives", "3", "-q")
    name = "test-uniform-3-0"
    assert f"ndcg@10 on {name}, 10 users, among items drawn" in kbert("compare", measured[0], "--on", name).stdout
    told = kbert("compare", measured[0], "--on", name, "--exclude-seen", code=2).stderr
    assert f"{name} was ranked among rivals that were drawn: none of them had been seen" in told


def test_runs_that_tell_profiles(kbert, behaviour, tmp_path):
    options = ("--width", "8", "--epochs", "1", "--precision", "fp32", "-q", "-o", tmp_path / "run")
    kbert("train", "uprec", "--behaviour", behaviour, "--task", "profile", "--attribute", "town", *options)
    kbert("evaluate", tmp_path / "run", "-q")
    lines = kbert("compare", tmp_path / "run").stdout.splitlines()
    assert any(line.startswith("town accuracy on test, ") for line in lines)
    assert any("most frequent, or mean" in line for line in lines)
    found = kbert("compare", tmp_path / "run", "--json").json
    told = kbert("evaluate", tmp_path / "run", "--json").json
    figures = [system["figures"]["town accuracy"]["mean"] for system in found["systems"]]
    assert figures == pytest.approx([told[name]["town accuracy"] for name in ("metrics", "simplest")])
    message = kbert("compare", tmp_path / "run", "--exclude-seen", code=2).stderr
    assert "--exclude-seen is for runs that recommend, and" in message


def test_runs_of_other_kinds_are_refused(kbert, measured, runs, triple_run):
    told = kbert("compare", measured[0], runs.bert, code=2).stderr
    assert f"{runs.bert} is a run on texts (see kbert evaluate, predict, encode and compare), not on behaviour" in told
    told = kbert("compare", runs.bert, measured[0], code=2).stderr
    assert f"{measured[0]} is a run on behaviour (see kbert evaluate, recommend and compare), not on texts" in told
    told = kbert("compare", measured[0], triple_run, code=2).stderr
    assert f"{triple_run} is a run on triples" in told
    told = kbert("compare", runs.bert, "--exclude-seen", code=2).stderr
    assert f"--exclude-seen is for runs on behaviour, and {runs.bert} is none" in told


def test_what_was_not_measured_is_refused(kbert, measured):
    told = kbert("compare", *measured, "--on", "other", code=1).stderr
    assert "expected predictions on 'other' (kbert evaluate makes them), found dev, test" in told
    told = kbert("compare", measured[0], measured[0], code=2).stderr
    assert "are the same run: name it once" in told
