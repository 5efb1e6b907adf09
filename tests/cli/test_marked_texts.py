"""Typing and relations by the command line: from files to predictions and a comparison."""

import json
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "sample_data" / "english" / "firms"
TRAINING = ("--epochs", "2", "--batch-size", "16", "--learning-rate", "3e-3", "--precision", "fp32", "-q")


@pytest.fixture(scope="module")
def marked(kbert, encoder, tmp_path_factory):
    """A folder of text graphs and runs of both tasks; of relations with K-BERT, too."""
    out = tmp_path_factory.mktemp("marked")
    kbert("kg", "import", SAMPLE, "-o", out / "kg", "-q")
    link = ("--kg", out / "kg", "--linker", "given", "-q")
    for part, examples in (("train", ":8"), ("dev", "-2:")):
        some = ("--format", "fewrel", "--examples", examples, *link)
        kbert("graph", "build", SAMPLE / "relations.json", *some, "-o", out / "related" / part)
        types = ("--format", "ufet", "--labels", "general", "-q")
        kbert("graph", "build", SAMPLE / "types" / f"{part}.jsonl", *types, "-o", out / "typed" / part)
    for name, model, task, data, *more in (
        ("typed", "bert", "typing", "typed", "--max-pieces", "8"),
        ("related", "bert", "relation", "related"),
        ("known", "kbert", "relation", "related", "--pooling", "markers"),
    ):
        words = ("--train", out / data / "train", "--dev", out / data / "dev", "--encoder", encoder, *more)
        kbert("train", model, "--task", task, *words, *TRAINING, "-o", out / "runs" / name)
    return out


def test_types(kbert, marked):
    run = marked / "runs" / "typed"
    found = kbert("evaluate", run, marked / "typed" / "dev", "--name", "again", "--json", "-q").json
    assert set(json.loads((run / "labels.json").read_text())) == {"person", "organization", "location", "place"}
    assert found["metrics"]["texts"] == 24
    assert found["cut"]["texts"] > 0  # of two words and two markers more than the room
    shown = kbert("evaluate", run, marked / "typed" / "dev", "--name", "again").stdout
    assert "macro precision" in shown
    assert "marked spans cut" in shown


def test_predictions_repeat_the_spans(kbert, marked):
    text = "Ivo Mordan has a garden in Saltby."
    line = json.dumps({"text": text, "spans": [{"role": "mention", "start": 27, "end": 33}]})
    found = json.loads(kbert("predict", marked / "runs" / "typed", "-", "--format", "jsonl", input=line).stdout)
    assert found["spans"] == [{"role": "mention", "text": 0, "start": 27, "end": 33, "span": "Saltby"}]
    assert set(found["labels"]) <= found["scores"].keys()
    table = kbert("predict", marked / "runs" / "typed", "-", "--format", "jsonl", "--table", input=line).stdout
    assert all(f"{label} ({found['scores'][label]:.2f})" in table for label in found["labels"])


def test_a_text_without_its_span_is_named(kbert, marked):
    message = kbert("predict", marked / "runs" / "related", "-", input="Ivo Mordan sings.\n", code=1).stderr
    assert message == "Error: text stdin:1: expected a span with the role head to mark, found no marked span\n"


def test_relations_are_compared(kbert, marked):
    runs = [marked / "runs" / name for name in ("related", "known")]
    found = kbert("compare", *runs, "--json").json
    assert found["metric"] == "accuracy"
    assert [system["name"] for system in found["systems"]] == ["bert", "kbert"]
    answer = kbert("predict", runs[1], SAMPLE / "relations.json", "--format", "fewrel", "--examples", ":1")
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert len(lines) == 7
    assert [span["role"] for span in lines[0]["spans"]] == ["head", "tail"]
    assert any(mention["facts"] for mention in lines[0]["mentions"])


def test_runs_that_are_measured_by_different_metrics_are_not_compared(kbert, encoder, marked, tmp_path):
    words = ("--train", marked / "related" / "train", "--dev", marked / "related" / "dev", "--encoder", encoder)
    kbert("train", "bert", "--task", "relation", *words, "--no-relation", "owns", *TRAINING, "-o", tmp_path / "run")
    message = kbert("compare", marked / "runs" / "related", tmp_path / "run", code=2).stderr
    assert "is measured by micro_f1" in message
    message = kbert("train", "bert", "--task", "relation", *words, "--no-relation", "own", "-o", tmp_path / "x", code=2)
    assert "no_relation: expected a label of the training texts (did you mean 'owns'?), found 'own'" in message.stderr


def test_files_are_checked(kbert):
    found = kbert("check", "data", SAMPLE / "relations.json", "--format", "fewrel", "--json").json
    assert (found["counts"]["texts with the role head"], found["counts"]["label owns"]) == (70, 10)
    found = kbert("check", "data", SAMPLE / "types" / "dev.jsonl", "--format", "ufet", "--json").json
    assert (found["counts"]["texts with the role mention"], found["counts"]["label place"]) == (24, 12)
