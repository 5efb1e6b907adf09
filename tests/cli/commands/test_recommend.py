"""Pre-training, training, measuring and asking a recommender from the command line."""

import json

import pytest

TRAINING = ("--epochs", "2", "--batch-size", "8", "--width", "8", "--length", "6", "--precision", "fp32", "-q")


@pytest.fixture(scope="module")
def behaviour(kbert, tmp_path_factory):
    folder = tmp_path_factory.mktemp("behaviour")
    loans = [f"u{u}\tb{(u + step) % 12}\t{step}\n" for u in range(10) for step in range(7)]
    (folder / "loans.tsv").write_text("user\titem\ttime\n" + "".join(loans), encoding="utf-8")
    (folder / "users.tsv").write_text(
        "user\tage\ttown\n" + "".join(f"u{u}\t{u}\t{'east' if u % 2 else 'west'}\n" for u in range(10)),
        encoding="utf-8",
    )
    (folder / "friends.tsv").write_text("user\tfriend\nu0\tu1\nu4\tu5\n", encoding="utf-8")
    (folder / "books.tsv").write_text("item\tlabel\nb3\tThe third\n", encoding="utf-8")
    files = (folder / f"{name}.tsv" for name in ("loans", "users", "friends", "books"))
    kbert("graph", "behaviour", *files, "-o", folder / "graph", "-q")
    return folder / "graph"


@pytest.fixture(scope="module")
def runs(kbert, behaviour, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    words = ("--uap", "0.1", "--srd", "0.1", "--attribute", "town", *TRAINING, "-o", folder / "first")
    shown = kbert("pretrain", "uprec", "--behaviour", behaviour, *words).stdout
    assert "dev ndcg@10" in shown
    assert "among all 12 items" in shown
    words = ("--epochs", "1", "-q", "--precision", "fp32", "--begin", folder / "first", "-o", folder / "second")
    kbert("train", "uprec", "--behaviour", behaviour, *words)
    kbert("train", "uprec", "--behaviour", behaviour, "--objective", "causal", *TRAINING, "-o", folder / "causal")
    return folder


def test_figures_stand_beside_those_of_popularity(kbert, runs):
    found = kbert("evaluate", runs / "second", "--json").json
    assert {"kept", "excluded", "popularity", "by_length", "users", "protocol"} == found.keys()
    shown = kbert("evaluate", runs / "causal", "--split", "dev").stdout
    assert "popularity" in shown
    assert "by length of the history" in shown
    assert "(the epoch was chosen on it)" in shown


def test_recommendations(kbert, runs, tmp_path):
    shown = kbert("recommend", runs / "second", "--user", "u0", "--user", "u3", "-k", "3").stdout
    assert "u0" in shown
    assert "u3" in shown
    line = json.loads(kbert("recommend", runs / "second", "--items", "b1, b2", "--json").stdout)
    assert line["history"] == 2
    assert len(line["items"]) == 10
    assert not {"b1", "b2"} & {one["item"] for one in line["items"]}
    assert "The third" in {one["label"] for one in line["items"]}
    users = tmp_path / "users.txt"
    users.write_text("u1\n\nu2\n", encoding="utf-8")
    kbert("recommend", runs / "causal", users, "-k", "2", "--seen", "-o", tmp_path / "out.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["user"], line["history"], len(line["items"])) for line in lines] == [("u1", 7, 2), ("u2", 7, 2)]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "name users with --user or in a FILE, or give --items: one of the three"),
        (("--user", "u0", "--items", "b1"), 2, "one of the three"),
        (("--user", "uu0"), 2, "has no user 'uu0' (did you mean 'u0'?); with --items none need be known"),
        (("--items", "c1"), 2, "no item 'c1' was learnt"),
    ],
)
def test_what_cannot_be_asked(kbert, runs, words, code, message):
    assert message in kbert("recommend", runs / "second", *words, code=code).stderr


def test_other_runs_are_for_other_commands(kbert, runs, triple_run):
    assert "is a run on behaviour" in kbert("predict", runs / "second", "-", input="a\n", code=2).stderr
    assert "is a run on triples" in kbert("recommend", triple_run, "--items", "a", code=2).stderr
    message = kbert("evaluate", runs / "second", "--name", "x", code=2).stderr
    assert "--name is for runs on texts or triples" in message
    assert "nothing to train is called 'uprek'" in kbert("train", "uprek", code=2).stderr
