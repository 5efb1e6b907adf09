"""Trainings and what they say."""

import json
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def words(graphs, encoder):
    """A short training, but for the folder of its run."""
    data = ("--train", graphs / "own" / "dev", "--dev", graphs / "own" / "test")
    return ("--task", "classify", "--encoder", encoder, *data, "--epochs", "2", "--precision", "fp32")


def test_a_training_tells_what_came_of_it(kbert, words, tmp_path):
    result = kbert("train", "kbert", *words, "-o", tmp_path / "run")
    assert "dev accuracy" in result.stdout
    for row in (
        "branches grown in train",
        "branches without room in dev",
        "texts cut in train",
        "pieces cut off in dev",
    ):
        assert row in result.stdout
    assert "(dev: the epoch was chosen on them)" in result.stdout
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["epoch 1", "epoch 2"]
    assert kbert("train", "kbert", *words, "-o", tmp_path / "other", "-q").stderr == ""


def test_a_training_without_knowledge_says_so(kbert, words, tmp_path):
    none = kbert("train", "kbert", *words, "--max-facts", "0", "-o", tmp_path / "none", "-q").stdout
    assert "No knowledge was injected (only 0.0% of the texts took any in)" in none
    bert = kbert("train", "bert", *words, "-o", tmp_path / "bert", "-q").stdout
    assert "linked share" not in bert
    assert "knowledge" not in bert


def test_the_linked_share_is_of_texts_that_took_a_fact_in(kbert, words, tmp_path):
    """With room for 26 pieces every text still carries its facts, but few branches grow."""
    result = kbert("train", "kbert", *words, "--max-pieces", "26", "-o", tmp_path / "run", "-q", "--json").json
    cut = result["cut"]["train"]
    assert 0 < cut["texts_linked"] < 20
    assert result["linked_share"] == cut["texts_linked"] / 20


def test_every_option_is_kept_with_the_run(kbert, words, tmp_path):
    asked = {"warmup": 0.2, "weight_decay": 0.05, "clip": 2.5, "max_padded": 4096, "checkpoint_steps": 3, "patience": 4}
    asked |= {"learning_rate": 1e-3, "batch_size": 8, "seed": 5}
    told = [word for name, value in asked.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    parts = ("--max-facts", "1", "--branch-text", "tail", "--pooling", "mean")
    kbert("train", "kbert", *words, *told, *parts, "-o", tmp_path / "run", "-q")
    plan = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["plan"]
    assert plan["model_options"] == {"max_pieces": 256, "max_facts": 1, "branch_text": "tail"}
    assert plan["task_options"] == {"pooling": "mean", "dropout": 0.1}
    assert plan["settings"] == asked | {"epochs": 2, "precision": "fp32", "average": 0.0}


def test_the_same_seed_gives_the_same_losses(kbert, words, tmp_path):
    logs = []
    for name in ("one", "two"):
        kbert("train", "bert", *words, "-o", tmp_path / name, "-q")
        logs.append((tmp_path / name / "metrics.jsonl").read_bytes())
    assert logs[0] == logs[1]


def test_a_run_is_not_written_over(kbert, words, tmp_path):
    kbert("train", "bert", *words, "-o", tmp_path / "run", "-q")
    assert "pass --resume to go on" in kbert("train", "bert", *words, "-o", tmp_path / "run", code=2).stderr
    other = kbert("train", "bert", *words, "--seed", "9", "-o", tmp_path / "run", "--resume", code=2)
    assert "was written with other options or data" in other.stderr
    again = kbert("train", "bert", *words, "-o", tmp_path / "run", "--resume", "-q", "--json")
    assert again.json["epochs"] == 2


def test_resuming_what_is_not_there_begins_anew_and_says_so(kbert, words, tmp_path):
    resume = ("train", "bert", *words, "--epochs", "1", "-o", tmp_path / "run", "--resume", "-q")
    assert kbert(*resume).stderr.startswith(f"{tmp_path / 'run'}: there is no run yet, so the training begins anew\n")
    assert "anew" not in kbert(*resume).stderr


def test_resuming_what_holds_no_run_is_refused(kbert, words, tmp_path):
    (tmp_path / "file").touch()
    message = kbert("train", "bert", *words, "-o", tmp_path, "--resume", code=2).stderr
    assert "it holds no run" in message
    assert "anew" not in message


def test_without_dev_the_last_epoch_is_kept(kbert, graphs, encoder, tmp_path):
    words = ("--task", "classify", "--encoder", encoder, "--train", graphs / "own" / "dev", "--epochs", "2")
    result = kbert("train", "bert", *words, "-o", tmp_path / "run", "-q", "--json").json
    assert result["best_epoch"] == 2
    assert "dev" not in result
    kbert("evaluate", tmp_path / "run", graphs / "own" / "test", "--name", "dev", "-q")


def test_dev_that_was_trained_on_is_refused(kbert, graphs, encoder, tmp_path):
    train = graphs / "own" / "train"
    words = ("--task", "classify", "--encoder", encoder, "--train", train, "--dev", train, "-o", tmp_path / "run")
    assert "dev: train.tsv is what is trained on" in kbert("train", "bert", *words, code=2).stderr
    words = (*words[:6], "--dev", graphs / "shuffled" / "dev", "-o", tmp_path / "run")
    assert "was built with another facts than the graphs trained on" in kbert("train", "bert", *words, code=2).stderr
    assert not (tmp_path / "run").exists()


def test_tagging(kbert, kg, encoder, tmp_path):
    sample = Path(__file__).parents[2] / "sample_data" / "english" / "tagging"
    for split in ("train", "dev"):
        link = ("--kg", kg, "--linker", "dictionary", "--limit", "20", "-q")
        kbert("graph", "build", sample / f"{split}.conll", *link, "-o", tmp_path / split)
    words = ("--encoder", encoder, "--train", tmp_path / "train", "--dev", tmp_path / "dev", "--epochs", "1", "-q")
    result = kbert("train", "kbert", "--task", "tag", *words, "-o", tmp_path / "run", "--json").json
    assert "f1" in result["dev"]
    answer = json.loads(kbert("predict", tmp_path / "run", sample / "dev.conll").stdout.splitlines()[0])
    assert len(answer["tags"]) == len(answer["tokens"])
    assert "predictions" in kbert("predict", tmp_path / "run", sample / "dev.conll", "--table").stdout
    shown = kbert("evaluate", tmp_path / "run", tmp_path / "dev", "-q").stdout
    assert "per type" in shown


def test_a_seed_that_is_too_large_is_refused_before_anything_is_written(kbert, words, tmp_path):
    message = kbert("train", "bert", *words, "--seed", 2**31, "-o", tmp_path / "run", code=2).stderr
    assert "2147483648 is not in the range 0<=x<=2147483647" in message
    assert not (tmp_path / "run").exists()


def test_a_loss_that_overflows_is_wrong_data(kbert, words, tmp_path):
    message = kbert("train", "bert", *words, "--learning-rate", "1e30", "--clip", "0", "-o", tmp_path / "run", code=1)
    assert "expected a loss that is a number" in message.stderr


@pytest.fixture
def vectors(kbert, kg, tmp_path):
    """Vectors of the entities of the sample data."""
    kbert("kg", "embed", kg, "--method", "transe", "--width", "8", "--epochs", "1", "-o", tmp_path / "vectors", "-q")
    return tmp_path / "vectors"


def test_ernie_from_vectors_to_a_comparison(kbert, words, vectors, graphs, kg, tmp_path):
    """A run is used after its vectors are gone: it has its own."""
    ernie, bert = ("ernie", *words, "--vectors", vectors, "-q"), ("bert", *words, "-q", "-o", tmp_path / "bert")
    told = kbert("train", *ernie, "-o", tmp_path / "own").stdout
    for row in ("linked share of train", "entities aligned in dev", "mentions of entities without a vector in train"):
        assert row in told
    kbert("train", *ernie, "--control", "shuffled", "-o", tmp_path / "shuffled")
    kbert("train", *bert)
    digest = json.loads((tmp_path / "own" / "run.json").read_text(encoding="utf-8"))["carried"]["vectors"]
    assert len(digest) == 64
    shutil.rmtree(vectors)
    names = [system["name"] for system in compared(kbert, tmp_path, "bert", "own", "shuffled")]
    assert names == ["bert", "ernie", "ernie, vectors shuffled"]
    measured = kbert("evaluate", tmp_path / "own", graphs / "own" / "train", "--unseen", "--json").json
    assert measured["linked_share"] == 1.0
    said = kbert("predict", tmp_path / "own", "-", input="Everybody was talking about Painted Sparrow.\n").stdout
    assert json.loads(said)["mentions"][0]["entity"] == "Painted Sparrow"


def compared(kbert, folder, *runs):
    return kbert("compare", *(folder / run for run in runs), "--json").json["systems"]


def test_ernie_goes_on_with_the_same_vectors_alone(kbert, words, vectors, kg, tmp_path):
    train = ("train", "ernie", *words, "--vectors", vectors, "-o", tmp_path / "run", "-q")
    kbert(*train)
    before = (tmp_path / "run" / "model.safetensors").read_bytes()
    kbert(*train, "--resume")
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == before
    shutil.rmtree(vectors)
    kbert("kg", "embed", kg, "--method", "transe", "--width", "8", "--epochs", "2", "-o", vectors, "-q")
    assert "was written with other options or data" in kbert(*train, "--resume", code=2).stderr


def test_ernie_without_vectors(kbert, words, tmp_path):
    refused = kbert("train", "ernie", *words, "-o", tmp_path / "run", code=2).stderr
    assert (
        refused == "Error: vectors: expected a folder of vectors of entities (see kbert kg embed), found none named\n"
    )
    assert not (tmp_path / "run").exists()
    help = kbert("train", "ernie", "--help", "--task", "classify").stdout
    for option in ("--vectors", "--layers", "--entity-heads", "--min-score", "--control"):
        assert option in help
