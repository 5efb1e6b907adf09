"""Measuring runs on texts they have not seen."""

import json
from pathlib import Path

import pytest

from cli.commands.evaluate import _print

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


def test_the_name_of_predictions_is_told(kbert, runs, graphs):
    told = kbert("evaluate", runs.kbert, graphs / "own" / "test", "--overwrite").stderr
    assert "predictions are kept as 'test' (kbert compare --on test)" in told


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("own/train", "the run was trained on all texts of train.tsv; pass --unseen to leave them out"),
        ("shuffled/test", "was built with another facts than the graphs trained on"),
    ],
)
def test_unfair_data_must_be_asked_for(kbert, runs, graphs, data, sentence):
    assert sentence in kbert("evaluate", runs.kbert, graphs / data, code=2).stderr
    protocol = kbert(
        "evaluate", runs.kbert, graphs / data, "--name", "unfair", "--overwrite", "--any-data", "--json", "-q"
    ).json["protocol"]
    assert ("trained on them" in protocol) == (data == "own/train")
    assert ("built in another way" in protocol) == (data == "shuffled/test")


def test_texts_that_were_trained_on_can_be_left_out(kbert, runs, tmp_path):
    train, test = (
        (SAMPLE / "corpus" / f"{name}.tsv").read_text(encoding="utf-8").splitlines() for name in ("train", "test")
    )
    (tmp_path / "both.tsv").write_text("\n".join([*train[:9], *test[1:6]]) + "\n", encoding="utf-8")
    words = ("evaluate", runs.kbert, tmp_path / "both.tsv", "--name", "unseen", "-q")
    assert "was trained on 8 of the 13 texts" in kbert(*words, code=2).stderr
    assert "all 5 texts of both.tsv but the 8 that it was trained on (held out" in kbert(*words, "--unseen").stdout


def test_data_that_chose_the_epoch_is_named_so(kbert, runs, graphs):
    words = ("evaluate", runs.kbert, graphs / "own" / "dev")
    assert "(dev: the epoch was chosen on them)" in kbert(*words, "--name", "chosen", "-q").stdout
    assert (
        "'dev' names the predictions on the texts that chose the epoch" in kbert(*words, "--name", "dev", code=2).stderr
    )


def test_nothing_is_drawn_of_texts(kbert, runs, graphs):
    message = kbert("evaluate", runs.kbert, graphs / "own" / "test", "--seed", "1", code=2).stderr
    assert "--seed goes with --negatives" in message


@pytest.mark.parametrize("name", ["../x", "", "a/b", ".x", "x\n"])
def test_names_are_names(kbert, runs, graphs, name):
    message = kbert("evaluate", runs.kbert, graphs / "own" / "test", "--name", name, code=2).stderr
    assert "a name of predictions has letters, digits" in message


def test_texts_without_targets_cannot_be_measured_on(kbert, runs, kg, tmp_path):
    new = tmp_path / "new"
    kbert("graph", "build", SAMPLE / "new.txt", "--kg", kg, "--linker", "dictionary", "-o", new, "-q")
    message = kbert("evaluate", runs.kbert, new, "--name", "new", code=1).stderr
    assert "expected texts with targets for classify, found none" in message


TEST = SAMPLE / "corpus" / "test.tsv"


def test_files_are_made_into_graphs_first(kbert, runs, kg):
    result = kbert("evaluate", runs.kbert, TEST, "--name", "files", "--json", "-q").json
    assert result["protocol"].startswith("accuracy over all 201 texts of test.tsv (held out")
    assert result["linked_share"] == 1.0
    options = ("--kg", kg, "--format", "tsv", "--columns", "target=label,text=text")
    again = kbert("evaluate", runs.kbert, TEST, *options, "--name", "files2", "--json", "-q").json
    assert again == result


def test_standard_input_has_targets_too(kbert, runs):
    line = json.dumps({"text": "Nobody forgets Painted Sparrow.", "label": "music"})
    words = ("evaluate", runs.kbert, "-", "--format", "jsonl", "--name", "asked")
    assert "over all 1 texts of - (held out" in kbert(*words, input=line).stdout
    assert "holds predictions on other texts" in kbert(*words, input=line, code=2).stderr
    kbert(*words, "--overwrite", input=line)


def test_files_with_bad_lines(kbert, runs, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "fine", "label": "music"}\nnot JSON\n', encoding="utf-8")
    assert f"{bad}:2: expected" in kbert("evaluate", runs.kbert, bad, "--name", "bad", code=1).stderr
    result = kbert("evaluate", runs.kbert, bad, "--name", "bad", "--skip-bad", "1")
    assert f"skipped {bad}:2" in result.stderr


def test_a_folder_is_one_of_text_graphs(kbert, runs, graphs, kg, tmp_path):
    test = graphs / "own" / "test"
    words = ("evaluate", runs.kbert, test)
    for option in (("--kg", kg), ("--format", "tsv"), ("--columns", "text=text")):
        message = kbert(*words, *option, code=2).stderr
        assert f"{test} is a folder of text graphs: --format, --columns and --kg are for files" in message
    assert "measure on one folder of text graphs, or files" in kbert(*words, TEST, code=2).stderr
    assert "see kbert graph build" in kbert("evaluate", runs.kbert, tmp_path, code=1).stderr
    assert "none.tsv: expected" in kbert("evaluate", runs.kbert, tmp_path / "none.tsv", code=1).stderr


def test_predictions_on_other_texts_are_not_replaced(kbert, runs, graphs):
    message = kbert("evaluate", runs.kbert, graphs / "own" / "dev", code=2).stderr
    assert "test.json holds predictions on other texts: take another name, or pass --overwrite" in message


def test_of_very_many_labels_the_most_frequent_are_shown(capsys):
    row = {"precision": 1.0, "recall": 0.5, "f1": 2 / 3}
    metrics = {"per_label": {f"type{i}": {**row, "gold": i % 90} for i in range(90)}}
    result = {"metrics": metrics, "linked_share": None, "cut": {}, "protocol": "as it was"}
    _print("run", ("texts",), result)
    shown = capsys.readouterr().out
    assert "per label, the 50 most frequent of 90" in shown
    assert "type89 " in shown
    assert "type40 " in shown
    assert "type39 " not in shown
