"""Training scorers of triples from the command line."""

import json
from typing import get_args

from cli.scorers import training_of
from kbert.triples.negatives import Sides


def test_a_scorer_of_triples(kbert, kg, encoder, tmp_path):
    words = ("train", "kgbert", "--kg", kg, "--encoder", encoder, "--epochs", "1", "--negatives", "2")
    told = kbert(*words, "-o", tmp_path / "run", "-q").stdout
    assert "epochs (the last is kept: there is no dev to choose one) │ 1" in " ".join(told.split())
    assert "test triples that train holds too" in told
    again = kbert(*words, "-o", tmp_path / "run", "--resume", "-q", "--json").json
    assert again["epochs"] == 1
    asked = ("--sides", "tail", "--loss", "infonce", "--entity-text", "both", "--pooling", "mean")
    kbert(*words, *asked, "-o", tmp_path / "asked", "-q")
    plan = json.loads((tmp_path / "asked" / "run.json").read_text(encoding="utf-8"))["plan"]
    assert (plan["sides"], plan["loss"], plan["entity_text"], plan["negatives"]) == ("tail", "infonce", "both", 2)
    assert plan["scorer_options"]["pooling"] == "mean"
    other = kbert(
        *words[:-2], "--task", "relation", "--max-pieces", "20", "-o", tmp_path / "relation", "-q", "--json"
    ).json
    assert other["leaks"] == {split: {"triples": 0, "first": None} for split in ("dev", "test")}


def test_what_train_holds_too_is_named(kbert, encoder, tmp_path):
    (tmp_path / "facts").mkdir()
    splits = (("train", ["tim", "cook"], ()), ("dev", ["paris"], ["--add"]), ("test", ["lyon", "cook"], ["--add"]))
    for split, rows, add in splits:
        path = tmp_path / "facts" / f"{split}.tsv"
        path.write_text("".join(f"{name}\tis\tgood\n" for name in rows), encoding="utf-8")
        kbert("kg", "import", path, "--split", split, *add, "-o", tmp_path / "kg", "-q")
    words = ("train", "kgbert", "--kg", tmp_path / "kg", "--encoder", encoder, "--epochs", "1", "-q")
    told = kbert(*words, "-o", tmp_path / "run").stdout
    assert "The first triple of test that train holds too: cook, is, good\n" in told
    assert "The first triple of dev" not in told


def test_what_a_scorer_was_calibrated_on_is_shown(kbert, split_kg, encoder, tmp_path):
    words = ("--kg", split_kg, "--encoder", encoder, "--epochs", "1", "--negatives", "3", "-o", tmp_path / "run", "-q")
    told = kbert("train", "kgbert", *words).stdout
    assert "false triples for each true one of dev (drawn)" in told
    assert " 3.00 │" in told
    for row in ("calibration error of sigmoid(margin)", "calibration error, calibrated", "dev accuracy, one threshold"):
        assert row in told
    assert "dev accuracy, a threshold a relation" in told
    assert "Not calibrated" not in told


def test_a_scorer_has_options_of_its_own(kbert):
    told = kbert("train", "kgbert", "--help").stdout
    assert "--negatives" in told
    assert "Options of the scorer kgbert" in told
    assert "--train " not in told


def test_texts_that_the_encoder_does_not_know(kbert, encoder, tmp_path):
    """They are all the same to it: that is said where they are learnt, and where they are judged."""
    facts = tmp_path / "facts.tsv"
    facts.write_text("☃\tthe\tletter\nsparrow\tthe\t☂\nsparrow\tthe\tletter\n", encoding="utf-8")
    kbert("kg", "import", facts, "-o", tmp_path / "kg", "-q")
    words = ("--kg", tmp_path / "kg", "--encoder", encoder, "--epochs", "1", "-q")
    told = kbert("train", "kgbert", *words, "-o", tmp_path / "run").stdout
    assert "entities with a text of unknown pieces alone │ 2" in " ".join(told.split())
    assert "triples with a text of unknown pieces alone: 2" in kbert("score", tmp_path / "run", facts).stderr


def test_sides_are_those_that_there_are(kbert):
    (option,) = (one for one in training_of("kgbert").params if one.name == "sides")
    assert tuple(option.type.choices) == get_args(Sides)
