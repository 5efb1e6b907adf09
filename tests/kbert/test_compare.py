"""Comparisons: what is put side by side, and what is refused."""

import pytest
from sklearn.metrics import f1_score

from graphs.errors import OptionsError, StoreError
from kbert.compare import compare


def test_one_run_is_a_table_of_one(lab):
    found = compare([lab.run("kbert", 30)])
    assert found.systems[0].difference is None
    assert found.verdicts == []


def test_texts_are_paired(lab):
    """Systems right on the same texts differ by nothing in every sample; drawn apart they would not."""
    found = compare([lab.run("bert", 30, model="bert"), lab.run("kbert", 30)])
    assert (found.systems[1].low, found.systems[1].high) == (0, 0)


def test_the_same_seed_gives_the_same_interval(lab):
    runs = [lab.run("bert", 30, model="bert"), lab.run("kbert", 40)]
    assert compare(runs, seed=4) == compare(runs, seed=4)
    assert compare(runs, seed=4).systems[1].low != compare(runs, seed=5).systems[1].low


def test_another_metric_of_the_task(lab):
    runs = [lab.run("bert", 30, model="bert"), lab.run("kbert", 40)]
    found = compare(runs, metric="macro_f1")
    assert (found.metric, compare(runs).metric) == ("macro_f1", "accuracy")
    assert found.notes == [*compare(runs).notes, "Epochs were chosen by accuracy."]
    for run in runs:
        lab.write(
            run.folder / "predictions" / "dev.json", run.predictions("dev") | {"protocol": "accuracy over all 60 texts"}
        )
    assert compare(runs, metric="macro_f1").protocol == "macro_f1 over all 60 texts"
    rows = runs[1].predictions("dev")["predictions"]
    by_sklearn = f1_score([row["gold"] for row in rows], [row["label"] for row in rows], average="macro")
    assert found.systems[1].mean == pytest.approx(by_sklearn)
    with pytest.raises(OptionsError, match="metric: expected accuracy or macro_f1, found 'f1'"):
        compare(runs, metric="f1")


def test_runs_of_other_tasks_are_refused(lab):
    runs = [lab.run("a", 30), lab.run("b", 30, plan__task="tag")]
    with pytest.raises(OptionsError, match="runs of one task can be compared, not of classify and tag"):
        compare(runs)


def test_runs_measured_on_other_texts_are_refused(lab):
    first = lab.run("a", 30, model="bert")
    for name, change in (
        ("id", lambda kept: kept["predictions"][3].update(id="y")),
        ("gold", lambda kept: kept["predictions"][3].update(gold="z")),
        ("fewer", lambda kept: kept["predictions"].pop()),
        ("file", lambda kept: kept["texts"]["files"][0].update(sha256="other")),
    ):
        other = lab.run(name, 30)
        kept = other.predictions("dev")
        change(kept)
        lab.write(other.folder / "predictions" / "dev.json", kept)
        with pytest.raises(OptionsError, match=f"{name} was not measured on the same texts as .*a$"):
            compare([first, other])


def test_a_run_that_was_not_measured_is_refused(lab):
    with pytest.raises(StoreError, match=r"expected predictions on 'test' \(kbert evaluate makes them\), found dev"):
        compare([lab.run("a", 30)], data="test")


def test_protocols_that_differ_are_all_shown(lab):
    runs = [lab.run("a", 30, model="bert"), lab.run("b", 30)]
    kept = runs[1].predictions("dev")
    lab.write(runs[1].folder / "predictions" / "dev.json", kept | {"protocol": "unfair"})
    assert compare(runs).protocol == "as it was | unfair"


def test_predictions_of_another_kind_are_refused(lab):
    run = lab.run("a", 30)
    kept = run.predictions("dev")
    del kept["predictions"][3]["label"]
    lab.write(run.folder / "predictions" / "dev.json", kept)
    with pytest.raises(
        StoreError, match=r"dev.json: expected predictions of the task classify, found one without 'label'"
    ):
        compare([run])
