"""Measuring runs on texts they have not seen."""

from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[3] / "sample_data" / "english"


def test_metrics_and_how_they_were_come_by(kbert, runs, graphs):
    result = kbert("evaluate", runs.kbert, graphs / "own" / "test", "--name", "again", "--json", "-q").json
    assert 0 <= result["metrics"]["accuracy"] <= 1
    assert result["linked_share"] == 1.0
    assert result["protocol"].startswith("accuracy over all 40 texts of test.tsv (held out")
    shown = kbert("evaluate", runs.kbert, graphs / "own" / "test", "--name", "again", "-q").stdout
    assert "per label" in shown
    assert "shipping" in shown
    for row in ("linked share", "branches grown", "branches without room", "texts cut", "pieces cut off"):
        assert row in shown
    assert shown.rstrip().endswith("(held out: nothing was learnt from them or chosen on them)")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("own/train", "the run was trained on all texts of train.tsv; measure on texts that are held out"),
        ("shuffled/test", "was built with another facts than the graphs trained on"),
    ],
)
def test_unfair_data_must_be_asked_for(kbert, runs, graphs, data, sentence):
    assert sentence in kbert("evaluate", runs.kbert, graphs / data, code=2).stderr
    protocol = kbert("evaluate", runs.kbert, graphs / data, "--name", "unfair", "--any-data", "--json", "-q").json[
        "protocol"
    ]
    assert ("trained on them" in protocol) == (data == "own/train")
    assert ("built in another way" in protocol) == (data == "shuffled/test")


def test_data_that_chose_the_epoch_is_named_so(kbert, runs, graphs):
    words = ("evaluate", runs.kbert, graphs / "own" / "dev")
    assert "(dev: the epoch was chosen on them)" in kbert(*words, "--name", "chosen", "-q").stdout
    assert (
        "'dev' names the predictions on the texts that chose the epoch" in kbert(*words, "--name", "dev", code=2).stderr
    )


@pytest.mark.parametrize("name", ["../x", "", "a/b", ".x", "x\n"])
def test_names_are_names(kbert, runs, graphs, name):
    message = kbert("evaluate", runs.kbert, graphs / "own" / "test", "--name", name, code=2).stderr
    assert "a name of predictions has letters, digits" in message


def test_texts_without_targets_cannot_be_measured_on(kbert, runs, kg, tmp_path):
    new = tmp_path / "new"
    kbert("graph", "build", SAMPLE / "new.txt", "--kg", kg, "--linker", "dictionary", "-o", new, "-q")
    assert "expected texts with targets for classify, found none" in kbert("evaluate", runs.kbert, new, code=1).stderr
