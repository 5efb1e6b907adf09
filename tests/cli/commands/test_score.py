"""Scoring triples from the command line: files, standard input, and what is wrong with them."""

import csv
import json
import shutil
import sys

import numpy as np
import pytest

from cli.lines import print_line
from graphs.questions import Question
from kbert.scoring import judges as score_run
from kbert.scoring.score_lines import Lines
from kbert.triple_runs import TripleRun

SAID = ["margin", "probability", "true", "unseen"]


@pytest.fixture(scope="module")
def facts(split_kg):
    """Triples of the graph, as rows."""
    return [line.split("\t") for line in (split_kg.parent / "dev.tsv").read_text(encoding="utf-8").splitlines()]


def write(path, *rows):
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def table(text):
    """The rows of an answer, by the names of its header."""
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def test_a_row_for_each_row_in_their_order(kbert, triple_run, facts, tmp_path):
    path = write(tmp_path / "triples.tsv", *facts)
    result = kbert("score", triple_run, path)
    rows = table(result.stdout)
    assert list(rows[0]) == ["head", "relation", "tail", *SAID]
    assert [[row["head"], row["relation"], row["tail"]] for row in rows] == facts
    assert {row["unseen"] for row in rows} == {""}
    assert len({row["margin"] for row in rows}) > len(rows) / 2
    assert f"{len(facts)} triples scored" in result.stderr


def test_in_another_order_from_standard_input_and_to_a_file_they_have_the_same_answers(
    kbert, triple_run, facts, tmp_path
):
    path = write(tmp_path / "triples.tsv", *facts)
    lines = kbert("score", triple_run, path).stdout.splitlines()
    assert kbert("score", triple_run, "-", input=path.read_text(encoding="utf-8")).stdout.splitlines() == lines
    kbert("score", triple_run, path, "-o", tmp_path / "deep" / "scored.tsv", "-q")
    assert (tmp_path / "deep" / "scored.tsv").read_text(encoding="utf-8").splitlines() == lines
    backwards = table(kbert("score", triple_run, write(path, *facts[::-1]), "--part-size", "7").stdout)
    for one, other in zip(table("\n".join(lines)), backwards[::-1], strict=True):
        assert one["tail"] == other["tail"]
        assert float(one["margin"]) == pytest.approx(float(other["margin"]), abs=1e-4)


def test_columns_are_passed_on(kbert, triple_run, facts, tmp_path):
    (head, relation, tail), *_ = facts
    path = write(tmp_path / "t.tsv", ("id", "tail", "relation", "head", "why"), ("1", tail, relation, head, ""))
    (row,) = table(kbert("score", triple_run, path).stdout)
    assert list(row) == ["head", "relation", "tail", *SAID, "id", "why"]
    assert (row["head"], row["tail"], row["id"], row["why"]) == (head, tail, "1", "")
    (line,) = kbert("score", triple_run, path, "--json", json_lines=True).stdout.splitlines()
    answer = json.loads(line)
    assert list(answer) == list(row)
    assert answer["unseen"] == []
    assert answer["margin"] == float(row["margin"])
    path.write_text(
        json.dumps({"head": head, "relation": relation, "tail": tail, "n": 3, "t": "a\tb", "z": "a"}) + "\n"
    )
    (row,) = table(kbert("score", triple_run, path).stdout)
    assert (row["n"], row["t"], row["z"]) == ("3", '"a\\tb"', "a")


def test_what_the_graph_has_never_seen(kbert, triple_run, facts, tmp_path):
    (head, relation, tail), *_ = facts
    bare = write(tmp_path / "bare.tsv", (head, relation, tail), ("Zork", relation, tail))
    message = kbert("score", triple_run, bare, code=1).stderr
    assert f"{bare}:2: expected a head that the graph knows, or a text of it (in a column head_text" in message
    assert "found 'Zork'" in message
    headed = ("head", "relation", "tail", "head_text", "relation_text")
    path = write(
        tmp_path / "t.tsv", headed, ("Zork", relation, tail, head, ""), (head, "lacks", tail, "", "has no"),
        (head, relation, tail, "", ""),
    )  # fmt: skip
    zork, lacks, own = table(kbert("score", triple_run, path).stdout)
    assert (zork["unseen"], lacks["unseen"], own["unseen"]) == ("head", "relation", "")
    assert zork["head_text"] == head
    labels = tmp_path / "labels.tsv"
    labels.write_text("name\tlabel\nZork\tthe northern islands\n", encoding="utf-8")
    result = kbert("score", triple_run, bare, "--labels", labels)
    assert [row["unseen"] for row in table(result.stdout)] == ["", "head"]
    assert "unseen: head of 1" in result.stderr
    skipped = kbert("score", triple_run, bare, "--skip-bad", "1")
    assert len(table(skipped.stdout)) == 1
    assert f"skipped {bare}:2: expected a head that the graph knows" in skipped.stderr


def test_repeated_rows_have_one_answer_and_are_reported(kbert, triple_run, facts, tmp_path):
    path = write(tmp_path / "t.tsv", facts[0], facts[1], facts[0], facts[1], facts[0])
    result = kbert("score", triple_run, path, "-q")
    margins = [row["margin"] for row in table(result.stdout)]
    assert margins == [*margins[:2], *margins[:2], margins[0]]
    assert result.stderr == f"rows that ask what an earlier row asks: 3, the first at {path}:3\n"


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(kbert, triple_run, facts, tmp_path, monkeypatch):
    path = write(tmp_path / "triples.tsv", *facts)
    words = ("score", triple_run, path, "--part-size", "4")
    kbert(*words, "-o", tmp_path / "whole.tsv")
    calls = []

    class Killed(score_run.TripleJudge):
        most = 3

        def judge(self, worded):
            calls.append(len(worded.questions))
            if len(calls) > self.most:
                raise KeyboardInterrupt
            return super().judge(worded)

    monkeypatch.setattr(score_run, "TripleJudge", Killed)
    told = kbert(*words, "-o", tmp_path / "broken.tsv", code=130).stderr
    assert "3 finished parts are kept: run the same command again to go on" in told
    assert not (tmp_path / "broken.tsv").exists()
    calls.clear()
    Killed.most = 10**9
    kbert(*words, "-o", tmp_path / "broken.tsv")
    assert len(calls) == -(-len(facts) // 4) - 3
    assert (tmp_path / "broken.tsv").read_bytes() == (tmp_path / "whole.tsv").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["broken.tsv", "triples.tsv", "whole.tsv"]
    Killed.most = 2
    calls.clear()
    kbert(*words, "-o", tmp_path / "again.tsv", code=130)
    Killed.most = 10**9
    again = (*words, "--json", "--prior", 0.5, "-o", tmp_path / "again.tsv")
    message = kbert(*again, code=2).stderr
    assert ".again.tsv.partial holds finished parts made with another prior, json: run that again" in message
    told = kbert(*again, "--overwrite", json_lines=True).stderr
    assert "again.tsv: what was begun with other options or data is thrown away" in told
    assert len((tmp_path / "again.tsv").read_text(encoding="utf-8").splitlines()) == len(facts)


def test_bad_rows_are_told_before_the_model_is_asked_and_again_after_a_kill(
    kbert, triple_run, facts, tmp_path, monkeypatch
):
    rows = [row for fact in facts[:8] for row in (fact, ("Zork", *fact[1:]))]
    path = write(tmp_path / "triples.tsv", *rows)
    words = ("score", triple_run, path, "--part-size", "4")
    whole = kbert(*words, "--skip-bad", "8", "-o", tmp_path / "whole.tsv").stderr
    calls = []

    class Killed(score_run.TripleJudge):
        def judge(self, worded):
            calls.append(len(worded.questions))
            if len(calls) == 4:
                raise KeyboardInterrupt
            return super().judge(worded)

    monkeypatch.setattr(score_run, "TripleJudge", Killed)
    told = kbert(*words, "--skip-bad", "7", "-o", tmp_path / "again.tsv", code=1).stderr
    assert f"{path}:16: expected a head that the graph knows" in told
    assert "(bad line 8, 7 allowed)" in told
    assert "finished parts" not in told
    assert not calls
    told = kbert(*words, "--skip-bad", "8", "-o", tmp_path / "again.tsv", code=130).stderr
    assert "3 finished parts are kept" in told
    assert kbert(*words, "--skip-bad", "8", "-o", tmp_path / "again.tsv").stderr == whole
    assert (tmp_path / "again.tsv").read_bytes() == (tmp_path / "whole.tsv").read_bytes()


def test_what_a_terminal_shows_does_not_steer_it(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    question = Question("f", 1, "\x1b[31mx", "is", "y", others=("\x9b",))
    print_line(Lines(("margin",), (), ("z",), as_json=False).line(question, {"margin": 1.5}))
    assert capsys.readouterr().out == "\\x1b[31mx\tis\ty\t1.5\t\\x9b\n"


def test_a_file_that_is_there_is_not_replaced_unasked(kbert, triple_run, facts, tmp_path):
    path = write(tmp_path / "triples.tsv", *facts[:2])
    for words in ((), ("--overwrite",)):
        assert "triples.tsv is what is read" in kbert("score", triple_run, path, "-o", path, *words, code=2).stderr
    packed = kbert("score", triple_run, path, "-o", tmp_path / "out.tsv.gz", code=2).stderr
    assert "what is written is not packed: name it out.tsv" in packed
    kbert("score", triple_run, path, "-o", tmp_path / "out.tsv")
    assert "is there already" in kbert("score", triple_run, path, "-o", tmp_path / "out.tsv", code=2).stderr
    kbert("score", triple_run, "-", "-o", tmp_path / "out.tsv", "--overwrite", input="\t".join(facts[0]))
    assert len((tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()) == 2


def test_another_graph(kbert, triple_run, facts, tmp_path):
    (head, relation, tail), *_ = facts
    kbert("kg", "import", write(tmp_path / "f.tsv", (head, relation, tail)), "-o", tmp_path / "kg", "-q")
    path = write(tmp_path / "t.tsv", (head, relation, tail))
    (row,) = table(kbert("score", triple_run, path, "--kg", tmp_path / "kg").stdout)
    assert row["unseen"] == ""


def test_what_is_no_run_on_triples(kbert, runs, triple_run, facts, tmp_path):
    path = write(tmp_path / "t.tsv", facts[0])
    assert (
        "is a run on texts (see kbert evaluate, predict, encode and compare), not on triples"
        in kbert("score", runs.kbert, path, code=2).stderr
    )
    assert "expected a run (see kbert train)" in kbert("score", tmp_path / "none", path, code=1).stderr
    shutil.copytree(triple_run, tmp_path / "run")
    (tmp_path / "run" / "result.json").unlink()
    assert "expected a finished run" in kbert("score", tmp_path / "run", path, code=1).stderr


def test_probabilities_and_what_is_held_for_true(kbert, triple_run, facts, tmp_path):
    path, fitted = write(tmp_path / "triples.tsv", *facts), TripleRun(triple_run).calibration()
    rows = table(kbert("score", triple_run, path).stdout)
    margins = np.array([float(row["margin"]) for row in rows])
    own = np.array([float(row["probability"]) for row in rows])
    np.testing.assert_allclose(own, fitted.probability(margins), rtol=1e-4)
    assert fitted.prior == pytest.approx(1 / 3)
    told = "probabilities are for data of which 1 triple in "
    assert f"{told}3 is true, as in dev (--prior says another share)" in kbert("score", triple_run, path).stderr
    assert f"{told}2 is true (in dev 1 in 3)\n" in kbert("score", triple_run, path, "--prior", 0.5).stderr
    begins = f"a triple is held for true from a probability of {fitted.begins('global'):.3f} on, which fits dev best"
    assert begins in kbert("score", triple_run, path, "--threshold", "global").stderr
    assert "held for true from" not in kbert("score", triple_run, path, "--threshold", "0.5").stderr
    assert told not in kbert("score", triple_run, path, "-q").stderr
    shifted = np.array(
        [float(row["probability"]) for row in table(kbert("score", triple_run, path, "--prior", 0.9).stdout)]
    )
    np.testing.assert_allclose(shifted / (1 - shifted), own / (1 - own) * 18, rtol=1e-3)
    for choice in ("global", "relation"):
        answers = table(kbert("score", triple_run, path, "--threshold", choice).stdout)
        expected = fitted.is_true(margins, [row["relation"] for row in rows], choice=choice)
        assert [row["true"] for row in answers] == [str(bool(held)).lower() for held in expected]
    middle = float(np.median(own))
    lines = kbert("score", triple_run, path, "--threshold", middle, "--json", json_lines=True).stdout.splitlines()
    assert [json.loads(line)["true"] for line in lines] == [p >= middle for p in own.tolist()]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--prior", "0"), "0.0 is not in the range 0<x<1"),
        (("--prior", "much"), "'much' is not a valid number"),
        (("--prior", "nan"), "'nan' is not a finite number"),
        (("--threshold", "2"), "2.0 is not in the range 0<=x<=1"),
        (("--threshold", "best"), "'best' is not a valid number"),
        (("--part-size", "0"), "0 is not in the range 1<=x<=10000000"),
        (("--labels", "-"), "standard input is for the triples: name a file of labels, and of relations"),
        (("--relations", "-"), "standard input is for the triples: name a file of labels, and of relations"),
        (("--accept", "0.5", "--json"), "accepted facts are a table, which kbert kg import takes: leave JSON out"),
    ],
)
def test_options_that_are_refused(kbert, triple_run, facts, tmp_path, words, message):
    path = write(tmp_path / "t.tsv", facts[0])
    assert message in kbert("score", triple_run, path, *words, code=2).stderr


def test_a_run_that_is_not_calibrated(kbert, kg, encoder, facts, tmp_path):
    words = ("--kg", kg, "--encoder", encoder, "--epochs", "1", "-o", tmp_path / "run", "-q")
    told = kbert("train", "kgbert", *words).stdout
    assert "Not calibrated, so it scores without probabilities" in told
    path = write(tmp_path / "t.tsv", *facts[:3])
    result = kbert("score", tmp_path / "run", path)
    assert f"{tmp_path / 'run'} is not calibrated, so there are margins alone" in result.stderr
    assert "expected 10 true and 10 false triples of dev to calibrate by, found 0 and 0" in result.stderr
    assert {(row["probability"], row["true"]) for row in table(result.stdout)} == {("", "")}
    answer = json.loads(kbert("score", tmp_path / "run", path, "--json", json_lines=True).stdout.splitlines()[0])
    assert (answer["probability"], answer["true"]) == (None, None)
    (tmp_path / "run" / "result.json").write_text('{"best_epoch": 1}', encoding="utf-8")
    assert "(its training left no calibration.json)" in kbert("score", tmp_path / "run", path).stderr
    for words in (("--prior", "0.5"), ("--threshold", "global"), ("--threshold", "0.5")):
        message = kbert("score", tmp_path / "run", path, *words, code=2).stderr
        assert "a prior and a threshold are for calibrated runs: this one has margins alone" in message


def test_which_relation_joins_two_entities(kbert, split_kg, encoder, facts, tmp_path):
    words = (
        "--kg",
        split_kg,
        "--encoder",
        encoder,
        "--epochs",
        "1",
        "--task",
        "relation",
        "-o",
        tmp_path / "run",
        "-q",
    )
    assert "calibrat" not in kbert("train", "kgbert", *words).stdout
    path = write(tmp_path / "t.tsv", *facts)
    rows = table(kbert("score", tmp_path / "run", path).stdout)
    assert list(rows[0]) == ["head", "relation", "tail", "probability", "best", "best_probability", "unseen"]
    for row in rows:
        assert float(row["probability"]) <= float(row["best_probability"])
        assert (row["probability"] == row["best_probability"]) == (row["best"] == row["relation"])
    pairs = write(tmp_path / "p.tsv", ("head", "tail"), *((head, tail) for head, _, tail in facts))
    answers = table(kbert("score", tmp_path / "run", pairs).stdout)
    assert [row["best"] for row in answers] == [row["best"] for row in rows]
    assert {(row["relation"], row["probability"]) for row in answers} == {("", "")}
    new = write(tmp_path / "n.tsv", (facts[0][0], "lacks", facts[0][2]))
    assert "relations that the run has learnt, found 'lacks'" in kbert("score", tmp_path / "run", new, code=1).stderr
    message = kbert("score", tmp_path / "run", path, "--prior", "0.5", code=2).stderr
    assert "a prior and a threshold are for the task triple: this run names relations" in message


def test_a_retriever_scores_too(kbert, split_kg, encoder, facts, tmp_path):
    words = ("--kg", split_kg, "--encoder", encoder, "--epochs", "1", "-o", tmp_path / "run", "-q")
    assert "false triples for each true one of dev (drawn)" in kbert("train", "biencoder", *words).stdout
    rows = table(kbert("score", tmp_path / "run", write(tmp_path / "t.tsv", *facts)).stdout)
    assert all(0 < float(row["probability"]) < 1 for row in rows)


def test_hostile_names_are_written_safely(kbert, triple_run, facts, tmp_path):
    (head, relation, tail), *_ = facts
    path = write(tmp_path / "t.tsv", ("\x1b[31mx", relation, tail, head, "", ""))
    out = kbert("score", triple_run, path, "--json", json_lines=True).stdout
    assert "\x1b" not in out
    assert json.loads(out)["head"] == "\x1b[31mx"
