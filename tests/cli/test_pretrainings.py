"""Pre-training from the command line."""

import json

import pytest


def test_words(kbert, encoder, graphs, tmp_path):
    words = ("pretrain", "bert", "--encoder", encoder, "--train", graphs / "own/train", "--dev", graphs / "own/dev")
    told = kbert(*words, "--epochs", 1, "--masked", 0.2, "-o", tmp_path / "words")
    for said in ("dev words_loss", "names no words by itself", f"begin with it: --encoder {tmp_path / 'words'}"):
        assert said in told.stdout
    plan = json.loads((tmp_path / "words" / "run.json").read_text(encoding="utf-8"))["plan"]
    assert plan["pretraining_options"] == {
        "masked": 0.2,
        "most_masked": 40,
        "next_sentence": False,
    }
    assert plan["model_options"] == {"max_pieces": 256}
    again = kbert(*words, "--epochs", 1, "--masked", 0.2, "-o", tmp_path / "words", "--resume", "--json", "-q").json
    assert again["dev"]["words_guesses"] > 0


def test_patience_needs_dev(kbert, encoder, graphs, tmp_path):
    words = ("pretrain", "bert", "--encoder", encoder, "--train", graphs / "own/train", "--patience", 2)
    assert "--patience waits for a better dev" in kbert(*words, "-o", tmp_path / "run", code=2).stderr


def test_from_raw_text_to_predictions(kbert, encoder, kg, graphs, tmp_path):
    """Links, vectors, pre-training, a task, and what is said of new texts."""
    folder = {name: tmp_path / name for name in ("vectors", "entities", "run")}
    kbert("kg", "embed", kg, "--method", "transe", "--width", 8, "--epochs", 2, "-o", folder["vectors"], "-q")
    texts = ("--train", graphs / "own/train", "--dev", graphs / "own/dev", "--vectors", folder["vectors"])
    ernie = ("pretrain", "ernie", "--encoder", encoder, *texts, "--epochs", 1, "--least-aligned", 2)
    told = kbert(*ernie, "-o", folder["entities"])
    kept = json.loads((folder["entities"] / "result.json").read_text(encoding="utf-8"))
    few = kept["cut"]["train"]["few_aligned"]
    for said in (
        "texts with too few entities to learn from in train",
        "dev entities_removed_accuracy",
        "dev entities_removed_most_frequent",
        "linked share of train",
    ):
        assert said in told.stdout
    assert few > 0
    first = json.loads((folder["entities"] / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first["loss"] == pytest.approx(first["words"] + first["entities"])
    kbert("train", "ernie", "--task", "classify", "--encoder", folder["entities"], *texts, "-o", folder["run"], "-q")
    said = kbert("predict", folder["run"], "-", input="Painted Sparrow sank.\n", json_lines=True).stdout
    assert json.loads(said)["label"]
    kbert(
        "train", "bert", "--task", "classify", "--encoder", folder["entities"], *texts[:4], "-o", tmp_path / "b", "-q"
    )
