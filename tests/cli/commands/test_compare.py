"""Runs side by side."""

import json
import shutil


def test_a_table_with_what_may_be_claimed(kbert, runs):
    shown = kbert("compare", runs.bert, runs.kbert, runs.shuffled, "--on", "test").stdout
    lines = shown.splitlines()
    assert lines[0] == "accuracy on test, 40 texts"
    assert "kbert, facts shuffled" in shown
    assert lines[-3].startswith("accuracy over all 40 texts of test.tsv (held out")
    assert lines[-2].startswith("kbert: ")
    assert lines[-1] == "(One seed of a system: what another seed would change is not in the interval.)"


def test_the_same_seed_gives_the_same_interval(kbert, runs):
    words = ("compare", runs.bert, runs.kbert, "--on", "test", "--json")
    assert kbert(*words).json == kbert(*words).json
    assert (
        kbert(*words, "--seed", "1").json["systems"][1]["difference"] == kbert(*words).json["systems"][1]["difference"]
    )


def test_runs_on_other_texts_are_refused(kbert, runs, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(runs.kbert, other)
    path = other / "predictions" / "test.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    kept["predictions"].pop()
    path.write_text(json.dumps(kept), encoding="utf-8")
    message = kbert("compare", runs.bert, other, "--on", "test", code=2).stderr
    assert f"{other} was not measured on the same texts as {runs.bert}" in message


def test_dev_is_what_is_compared_on_by_default(kbert, runs):
    assert "(dev: the epoch was chosen on them)" in kbert("compare", runs.bert, runs.kbert).stdout


def test_a_run_without_knowledge_is_no_comparison(kbert, runs, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(runs.kbert, other)
    path = other / "result.json"
    result = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**result, "linked_share": 0.01}), encoding="utf-8")
    shown = kbert("compare", runs.bert, other, "--on", "test").stdout
    row = next(line for line in shown.splitlines() if "kbert" in line)
    assert "no knowledge was injected" in row
    assert "[" not in row
    assert "kbert: no knowledge was injected (only 1.0% of the texts took any in)" in shown


def test_another_metric(kbert, runs, behaviour_runs):
    lines = kbert("compare", runs.bert, runs.kbert, "--on", "test", "--metric", "macro_f1").stdout.splitlines()
    assert lines[0] == "macro_f1 on test, 40 texts"
    message = kbert("compare", runs.bert, runs.kbert, "--metric", "f2", code=2).stderr
    assert "metric: expected accuracy or macro_f1, found 'f2'" in message
    message = kbert("compare", behaviour_runs / "causal", "--metric", "mrr", code=2).stderr
    assert f"--metric is for runs on texts, and {behaviour_runs / 'causal'} is none" in message
