"""Measuring runs on triples from the command line."""

import json
import shutil

import pytest


@pytest.fixture(scope="module")
def table(split_kg, tmp_path_factory):
    """Ten facts of dev and one of train, and as many false ones."""
    dev, train = (
        (split_kg.parent / f"{split}.tsv").read_text(encoding="utf-8").splitlines() for split in ("dev", "train")
    )
    facts = [line.split("\t") for line in (*dev[:10], train[0])]
    path = tmp_path_factory.mktemp("table") / "known.tsv"
    rows = [(*fact, "1") for fact in facts] + [(tail, relation, head, "0") for head, relation, tail in facts]
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_table(kbert, triple_run, table):
    words = ("evaluate", triple_run, table, "--name", "table", "-q")
    refused = f"known.tsv: the run was trained on 1 of the 22 triples, the first at {table}:11; pass --unseen"
    assert refused in kbert(*words, code=2).stderr
    result = kbert(*words, "--any-data")
    for said in ("true triples", "accuracy at margin 0", "accuracy, one threshold", "AUC", "per relation"):
        assert said in result.stdout
    assert "over 11 true and 11 false triples of known.tsv (dev: the epoch was chosen, and thr" in result.stdout
    assert result.stderr == f"1 triples stand in train, too, the first at {table}:11 (--unseen leaves them out)\n"
    found = kbert("evaluate", triple_run, table, "--name", "fresh", "--unseen", "--json", "-q").json
    assert (found["left_out"], found["metrics"]["true"]) == (1, 10)
    assert (triple_run / "predictions" / "fresh.json").is_file()


def test_a_table_of_any_name(kbert, triple_run, table, tmp_path):
    odd = shutil.copy(table, tmp_path / "all that I know (new).tsv")
    kbert("evaluate", triple_run, odd, "--unseen", "-q")
    assert (triple_run / "predictions" / "all-that-I-know-new.json").is_file()


def test_a_split_of_true_triples_alone(kbert, triple_run):
    message = kbert("evaluate", triple_run, "--split", "dev", code=1).stderr
    assert (
        "expected false triples, too, in the split dev (--negatives 1 draws one for each true one; kbert rank"
        in message
    )
    words = ("evaluate", triple_run, "--split", "dev", "--negatives", 2, "--seed", 3, "--json", "-q")
    found = kbert(*words).json
    assert found["metrics"]["false"] == 2 * found["metrics"]["true"] == 104
    assert "2 for each true one, none of them true in the graph, seed 3); thresholds" in found["protocol"]
    assert (triple_run / "predictions" / "dev.json").is_file()
    assert "holds predictions on other triples" in kbert(*words[:-3], 4, code=2).stderr
    assert "expected true triples in the split test, found none" in kbert("evaluate", triple_run, code=1).stderr


def test_bad_tables(kbert, triple_run, table, tmp_path):
    path = tmp_path / "bad.tsv"
    path.write_text(table.read_text(encoding="utf-8") + "a\tb\tc\t2\nnobody\tlikes\tc\t1\n", encoding="utf-8")
    message = kbert("evaluate", triple_run, path, code=1).stderr
    assert f"{path}:23: expected the label 1 (true), -1 or 0 (false), found '2'" in message
    message = kbert("evaluate", triple_run, path, "--skip-bad", 1, "--any-data", code=1).stderr
    assert f"{path}:24: expected a head that the graph knows" in message
    result = kbert("evaluate", triple_run, path, "--name", "bad", "--skip-bad", 2, "--any-data", "-q")
    assert "over 11 true and 11 false" in result.stdout
    assert result.stderr.count("skipped") == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--linked",), "was trained on triples: --linked is for texts"),
        (("--format", "tsv"), "was trained on triples: --format and --columns are for texts"),
        (("x.tsv", "--tagged"), "was trained on triples: --format and --columns are for texts"),
        (("x.tsv", "y.tsv"), "measure on one table of them at a time"),
        (
            ("x.tsv", "--split", "dev"),
            "--split and --negatives are for the knowledge graph of the run, not",
        ),
    ],
)
def test_options_of_the_other_kind(kbert, triple_run, words, message):
    assert message in kbert("evaluate", triple_run, *words, code=2).stderr


def test_options_of_triples_with_a_run_on_texts(kbert, runs, graphs):
    message = "was trained on texts: --split and --negatives are for runs on triples"
    assert message in kbert("evaluate", runs.kbert, graphs / "own" / "test", "--split", "test", code=2).stderr
    assert (
        "was trained on texts: name a folder of text graphs, or files" in kbert("evaluate", runs.kbert, code=2).stderr
    )


def test_many_relations(kbert, triple_run, monkeypatch):
    monkeypatch.setattr("cli.triple_evaluation.MOST", 3)
    words = ("evaluate", triple_run, "--split", "dev", "--negatives", 1, "--name", "many", "-q")
    shown = kbert(*words).stdout
    relations = json.loads((triple_run / "predictions" / "many.json").read_text(encoding="utf-8"))["metrics"][
        "per_relation"
    ]
    assert f"… and {len(relations) - 3} more (--json has them all)" in shown


def test_a_run_that_names_relations_is_refused_first(kbert, encoder, kg, tmp_path):
    """Whatever else is wrong: no advice that leads to the next refusal."""
    words = ("train", "kgbert", "--task", "relation", "--kg", kg, "--encoder", encoder, "--epochs", 1)
    kbert(*words, "-o", tmp_path / "run", "-q")
    told = kbert("evaluate", tmp_path / "run", "--split", "test", code=2).stderr
    assert "learnt to name relations, not which triples are true: see kbert rank" in told
