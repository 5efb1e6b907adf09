"""Vectors of a graph from the command line, and what reads them."""

import json

import pytest

from graphs.knowledge import KnowledgeGraph


@pytest.fixture
def words(split_kg):
    return ("kg", "embed", split_kg, "--method", "transe", "--width", "8", "--epochs", "3")


def test_vectors_are_learnt_and_ranked(kbert, words, tmp_path):
    run = tmp_path / "run"
    told = kbert(*words, "--distance", "l1", "-o", run)
    assert "dev mrr" in told.stdout
    assert "among all entities, filtered by all true triples of the graph (dev: the epoch was chosen on" in told.stdout
    assert [line.partition(":")[0] for line in told.stderr.splitlines()] == ["epoch 1", "epoch 2", "epoch 3"]
    ranked = kbert("rank", run, "--split", "dev", "-q", "--json").json
    assert (ranked["scored_triples"], ranked["undescribed"]) == (0, {"entities": 0})
    again = kbert(*words, "--distance", "l1", "-o", run, "--resume", "--json", "-q").json
    assert again["dev"]["mrr"] == pytest.approx(ranked["metrics"]["both"]["mrr"])


def test_a_question(kbert, words, split_kg, tmp_path):
    kbert(*words, "-o", tmp_path / "run", "-q")
    head, relation, *_ = next(iter(KnowledgeGraph.open(split_kg)))
    answers = kbert("rank", tmp_path / "run", "--query", f'"{head}", "{relation}", ?', "--json").json["answers"]
    assert len(answers) == 10
    assert [one["score"] for one in answers] == sorted((one["score"] for one in answers), reverse=True)


def test_before_a_scorer(kbert, words, split_kg, encoder, tmp_path):
    kbert(*words, "-o", tmp_path / "near", "-q")
    training = ("train", "kgbert", "--kg", split_kg, "--encoder", encoder, "--epochs", "1", "-q")
    kbert(*training, "--negatives-from", tmp_path / "near", "--nearest", "3", "-o", tmp_path / "run")
    ranked = kbert("rank", tmp_path / "run", "--retriever", tmp_path / "near", "--k", "3", "--split", "dev", "--json")
    assert ranked.json["retriever"]["run"] == str(tmp_path / "near")
    assert "two stages: the 3 best of" in ranked.json["protocol"]


def test_what_vectors_are_not_for(kbert, words, kg, tmp_path):
    kbert(*words, "-o", tmp_path / "run", "-q")
    (tmp_path / "t.tsv").write_text("a\tb\tc\n", encoding="utf-8")
    message = kbert("score", tmp_path / "run", tmp_path / "t.tsv", code=2).stderr
    assert "is an embedding of a graph, which reads no texts: see kbert rank" in message
    head, relation, *_ = next(iter(KnowledgeGraph.open(kg)))
    query = ("--query", f'"{head}", "{relation}", ?')
    other = kbert("rank", tmp_path / "run", "--kg", kg, *query, code=2).stderr
    assert "has other entities or relations than those that the vectors are of" in other


def test_options_without_effect(kbert, words, tmp_path):
    message = kbert(*words, "--loss", "1vsall", "--negatives", "3", "-o", tmp_path / "run", code=2).stderr
    assert "goes with --loss negatives" in message


def test_every_option_is_the_runs(kbert, split_kg, tmp_path):
    """What was said on the command line is what was trained by."""
    said = {"width": 6, "negatives": 5, "margin": 3.5, "adversarial": 0.5, "n3": 0.01, "spread": 0.2}
    how = {"epochs": 2, "batch_size": 7, "learning_rate": 0.3, "evaluate_every": 2, "patience": 4, "seed": 5}
    how["checkpoint_steps"] = 9
    words = [word for name, value in {**said, **how}.items() for word in (f"--{name.replace('_', '-')}", value)]
    kbert("kg", "embed", split_kg, "--method", "transe", "--distance", "l1", *words, "-o", tmp_path / "run", "-q")
    plan = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["plan"]
    assert plan | said | {"method": "transe", "loss": "negatives", "method_options": {"distance": "l1"}} == plan
    assert plan["settings"] == {**how, "precision": "fp32"}
