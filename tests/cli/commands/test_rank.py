"""Rankings of test triples, and answers to single questions."""

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from kbert.triple_runs import TripleRun
from kbert.triples.ids import TripleIds, triples_of

PEOPLE = ["Patient Ember", "Early Sparrow", "Quiet Letter", "Crooked Willow"]
PLACES = ["Quarlton", "Thornbeckle", "the bishop"]
TRAIN = [(a, "lives in", b) for a in PEOPLE[:3] for b in PLACES] + [(b, "visited", a) for a in PEOPLE for b in PLACES]
TEST = [
    ("Crooked Willow", "lives in", "Quarlton"),
    ("Crooked Willow", "lives in", "Thornbeckle"),
    ("Thornbeckle", "visited", "Quiet Letter"),
]
HEAD = ("ranks", "MR", "MRR", "Hits@1", "Hits@3", "Hits@10")


def write(path, triples):
    path.write_text("".join("\t".join(triple) + "\n" for triple in triples), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def world(kbert, encoder, tmp_path_factory):
    """A graph with a test part, and runs ``triple``, ``relation`` and ``retriever`` that learnt the rest."""
    folder = tmp_path_factory.mktemp("world")
    train, test = write(folder / "train.tsv", TRAIN), write(folder / "test.tsv", TEST)
    kbert("kg", "import", train, "--split", "train", "-o", folder / "kg", "-q")
    kbert("kg", "import", test, "--split", "test", "--add", "-o", folder / "kg", "-q")
    words = ("--kg", folder / "kg", "--encoder", encoder, "--epochs", "1", "--precision", "fp32", "-q")
    for task in ("triple", "relation"):
        kbert("train", "kgbert", *words, "--task", task, "-o", folder / task)
    kbert("train", "biencoder", *words, "-o", folder / "retriever")
    return folder


@pytest.fixture
def run(world, tmp_path):
    shutil.copytree(world / "triple", tmp_path / "run")
    return tmp_path / "run"


def by_brute_force(run):
    """Ranks of heads, then of tails, one model call a candidate."""
    opened = TripleRun(run)
    model, kg = opened.load(), opened.graph()
    texts = model.texts(kg)
    true = set(zip(*(c.tolist() for c in triples_of(kg, "train", "test").true.columns), strict=True))

    def margin(triple):
        return model.margins(texts, TripleIds.of(*([part] for part in triple)), precision=torch.float32)[0]

    ranks = []
    for side in (0, 2):
        for own in zip(*(c.tolist() for c in triples_of(kg, "test").true.columns), strict=True):
            made = [(*own[:side], entity, *own[side + 1 :]) for entity in range(len(kg))]
            ranks.append(1 + sum(margin(other) > margin(own) for other in made if other not in true))
    return np.array(ranks, dtype=float)


def test_as_by_brute_force(kbert, run):
    result = kbert("rank", run, "--json", "-q").json
    ranks = by_brute_force(run)
    for name, own in (("both", ranks), ("head", ranks[:3]), ("tail", ranks[3:])):
        found = result["metrics"][name]
        assert found["mr"] == pytest.approx(own.mean())
        assert found["mrr"] == pytest.approx((1 / own).mean())
        assert [found[f"hits@{k}"] for k in (1, 3, 10)] == pytest.approx([(own <= k).mean() for k in (1, 3, 10)])
    assert json.loads((run / "rankings" / "test" / "result.json").read_text(encoding="utf-8")) == result


def test_tables_for_people(kbert, run):
    shown = kbert("rank", run, "-q").stdout
    for word in (*HEAD, "both", "head", "tail", "by relation (both)", "lives in", "visited"):
        assert word in shown
    assert "5 distinct questions, 21 triples read, 0.00% of the answers tied with a rival" in shown
    assert shown.rstrip().endswith(
        "MRR over 3 triples of the split test, both sides, filtered by 23 true triples of train and test; "
        "realistic ranks; the model was trained on 1 of them"
    )


def test_many_relations_are_cut(kbert, encoder, tmp_path):
    kg = tmp_path / "kg"
    triples = [("Quarlton", f"r{i}", "Thornbeckle") for i in range(25)]
    kbert("kg", "import", write(tmp_path / "many.tsv", triples), "-o", kg, "-q")
    kbert(
        "train",
        "kgbert",
        "--kg",
        kg,
        "--encoder",
        encoder,
        "--epochs",
        "1",
        "--negatives",
        "1",
        "-q",
        "-o",
        tmp_path / "run",
    )
    shown = kbert("rank", tmp_path / "run", "--split", "train", "-q").stdout
    assert "r19" in shown
    assert "r20" not in shown
    assert "and 5 relations more (all with --json)" in shown
    assert len(kbert("rank", tmp_path / "run", "--split", "train", "--json", "-q").json["by_relation"]) == 25


def test_what_stands_in_train_is_named(kbert, run):
    said = kbert("rank", run, "-q").stderr
    assert said == "1 triples stand in train, too, the first Thornbeckle, visited, Quiet Letter\n"
    assert kbert("rank", run, "--split", "train", "-q").stderr == ""


def test_some_of_the_triples(kbert, run):
    result = kbert("rank", run, "--limit", "2", "--seed", "3", "--name", "two", "--json", "-q").json
    assert result["triples"] == 2
    assert result["protocol"].startswith(
        "MRR over 2 (drawn with seed 3) of the 3 triples of the split test, both sides"
    )
    message = kbert("rank", run, "--name", "two", code=2).stderr
    assert "two holds a ranking made with another limit, seed: take another --name, or pass --overwrite" in message
    kbert("rank", run, "--name", "two", "--overwrite", "-q")


def test_relations(kbert, world):
    result = kbert("rank", world / "relation", "--json", "-q").json
    assert set(result["metrics"]) == {"filtered", "raw"}
    shown = kbert("rank", world / "relation", "-q").stdout
    assert "by relation (filtered)" in shown
    assert "MRR of the relation over 3 triples" in shown


def test_answers_to_a_question(kbert, world):
    words = ("rank", world / "triple", "--query", "Crooked Willow, lives in, ?")
    answers = kbert(*words, "--json").json["answers"]
    assert {answer["name"] for answer in answers} == {*PEOPLE, *PLACES}
    assert [answer["score"] for answer in answers] == sorted((a["score"] for a in answers), reverse=True)
    assert {a["name"]: a["known"] for a in answers if a["known"]} == {"Quarlton": ["test"], "Thornbeckle": ["test"]}
    shown = kbert(*words, "--top", "7").stdout
    assert "test" in shown
    assert "new" in shown
    new = kbert(*words, "--new", "--json").json["answers"]
    assert {answer["name"] for answer in new} == {*PEOPLE, "the bishop"}
    assert len(kbert(*words, "--top", "2", "--json").json["answers"]) == 2


def test_answers_with_relations(kbert, world):
    for task in ("triple", "relation"):
        answers = kbert("rank", world / task, "--query", "Quarlton\t?\tPatient Ember", "--json").json["answers"]
        assert {answer["name"]: answer["known"] for answer in answers} == {"visited": ["train"], "lives in": []}
    assert math.isclose(sum(answer["score"] for answer in answers), 1)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--query", "Quarlton, ?"), 2, "expected 'head, relation, ?', '?, relation, tail' or 'head, ?, tail'"),
        (("--query", "Quarltown, visited, ?"), 2, "no entity is called 'Quarltown' in"),
        (("--query", "Quarlton, visit, ?"), 2, "no relation is called 'visit' in"),
        (("--query", "Quarlton, visited, ?", "--limit", "3"), 2, "--limit does not go with --query"),
        (("--new",), 2, "--new goes with --query"),
        (("--seed", "0"), 2, "--seed goes with --limit"),
        (("--k", "3"), 2, "--k goes with --retriever"),
        (("--retriever-weight", "1"), 2, "--retriever-weight goes with --retriever"),
        (("--split", "dev"), 1, "expected true triples of the split dev, found 21 of train, 3 of test"),
    ],
)
def test_what_cannot_be_ranked(kbert, world, words, code, sentence):
    assert sentence in kbert("rank", world / "triple", *words, code=code).stderr


def test_a_retriever_finds_no_relation(kbert, world):
    words = ("--retriever", world / "retriever", "--query", "Quarlton, ?, Patient Ember")
    message = kbert("rank", world / "triple", *words, code=2).stderr
    assert "--retriever finds entities, and the question asks for a relation" in message


def test_after_a_retriever(kbert, world, run):
    """With all entities read the ranks are as without it; with one, most keep the retriever's."""
    words = ("rank", run, "--retriever", world / "retriever", "-q")
    exact, whole = kbert("rank", run, "--json", "-q").json, kbert(*words, "--name", "whole", "--json").json
    assert whole["metrics"] == exact["metrics"]
    assert whole["held_share"] == {"both": 1, "head": 1, "tail": 1}
    one = kbert(*words, "--k", "1", "--name", "one", "--json").json
    assert one["scored_triples"] < exact["scored_triples"]
    assert one["held_share"]["both"] < 1
    assert "of the answers among those read" in kbert(*words, "--k", "1", "--name", "one").stdout
    message = kbert(*words, "--k", "2", "--name", "one", code=2).stderr
    assert "one holds a ranking made with another retriever: take another --name" in message


def test_a_retriever_by_itself(kbert, world, run):
    result = kbert("rank", world / "retriever", "--json", "-q").json
    assert (result["metrics"]["both"]["ranks"], result["scored_triples"]) == (6, 0)
    answers = kbert("rank", world / "retriever", "--query", "Crooked Willow, lives in, ?", "--json").json["answers"]
    words = ("--retriever", world / "retriever", "--k", "1", "--top", "1", "--json")
    first = kbert("rank", run, "--query", "Crooked Willow, lives in, ?", *words).json["answers"]
    assert first[0]["name"] == answers[0]["name"]


def test_what_is_no_run(kbert, runs, tmp_path):
    assert "expected a run (see kbert train), found no such folder" in kbert("rank", tmp_path / "none", code=1).stderr
    assert (
        "is a run on texts (see kbert evaluate, predict, encode and compare), not on triples"
        in kbert("rank", runs.kbert, code=2).stderr
    )


def test_progress_is_told_unless_quiet(kbert, run, monkeypatch):
    monkeypatch.setattr("cli.console.PLAIN_EVERY", 0.0)
    assert "questions 5/5" in kbert("rank", run).stderr
    assert "questions" not in kbert("rank", run, "--overwrite", "-q").stderr


KILLED = """
import os, signal, sys
from kbert.ranking import every_entity
from kbert.ranking import kept_parts
every_entity.AT_ONCE = 7
get = kept_parts.KeptParts.get
def killed(self, number, make):
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return get(self, number, make)
kept_parts.KeptParts.get = killed
from cli.main import group
group(["rank", sys.argv[1], "-q"])
"""


def test_a_killed_ranking_goes_on(kbert, run, tmp_path, monkeypatch):
    monkeypatch.setattr("kbert.ranking.every_entity.AT_ONCE", 7)
    shutil.copytree(run, tmp_path / "unbroken")
    killed = subprocess.run([sys.executable, "-c", KILLED, run], cwd=Path(__file__).parents[3])
    assert killed.returncode == -9
    own, other = run / "rankings" / "test", tmp_path / "unbroken" / "rankings" / "test"
    left = {path.name: path.stat().st_mtime_ns for path in own.glob("part-*")}
    assert len(left) == 2
    kbert("rank", run, "-q")
    kbert("rank", tmp_path / "unbroken", "-q")
    assert {name: (own / name).stat().st_mtime_ns for name in left} == left
    assert {p.name: p.read_bytes() for p in own.iterdir()} == {p.name: p.read_bytes() for p in other.iterdir()}
