"""Scoring a file: line by line, and to a file that a killed job goes on with."""

import csv
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphs.errors import DataError, OptionsError, Skipped, StoreError, stop
from graphs.files import write_json
from graphs.folders import locked
from graphs.knowledge import KnowledgeGraph
from graphs.questions import read
from graphs.types import Triple
from kbert.scoring import judges as score_run
from kbert.scoring.judging import Tally
from kbert.scoring.pair_plan import PairPlan
from kbert.scoring.question_texts import Worded
from kbert.scoring.score_file import ScorePlan, score_file, scored_lines
from kbert.scoring.triple_judge import TripleJudge
from kbert.triple_runs import CALIBRATION, TripleRun
from kbert.triples.calibration import Calibration
from kbert.triples.platt import Platt

NAMES = ("tim", "cook", "apple", "good", "bad", "now")
TRAIN = [Triple(a, relation, b, split="train") for a in NAMES[:3] for b in NAMES[3:] for relation in ("is", "city")]


@pytest.fixture(scope="module")
def finished(
    kg_of: Callable[..., KnowledgeGraph],
    train_both: Callable[[KnowledgeGraph, Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    folder, kg = tmp_path_factory.mktemp("runs"), kg_of(TRAIN)
    train_both(kg, folder)
    calibration = Calibration(Platt(1.0, 0.0), 0.0, {}, "global", {"true": 10, "false": 10, "drawn": 0})
    write_json(folder / "triple" / CALIBRATION, calibration.as_dict())
    return folder


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> TripleRun:
    shutil.copytree(finished / "triple", tmp_path / "run")
    return TripleRun(tmp_path / "run")


@pytest.fixture
def triples(tmp_path: Path) -> str:
    path = tmp_path / "triples.tsv"
    path.write_text("".join(f"{a}\tis\t{b}\n" for a in NAMES for b in NAMES[:2]), encoding="utf-8")
    return str(path)


def rows(lines: Sequence[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_what_a_scorer_answers(run: TripleRun, triples: str, tmp_path: Path) -> None:
    looked, done, tally = [], [], Tally()
    plan = ScorePlan(triples, part_size=5)
    counted = score_file(run, plan, tmp_path / "out.tsv", on_looked=looked.append, on_rows=done.append)
    assert (looked, done) == ([5, 5, 2], [5, 5, 2])
    lines = (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()
    assert list(scored_lines(run, plan, tally)) == lines
    assert (counted.rows, tally.rows) == (12, 12)
    judge, questions = score_run.judge_of(run), list(read(triples).rows)
    answers = judge.judge(judge.ask(questions, stop))
    for row, question, answer in zip(rows(lines), questions, answers, strict=True):
        assert (row["head"], row["relation"], row["tail"]) == (question.head, question.relation, question.tail)
        assert float(row["margin"]) == pytest.approx(answer["margin"], abs=1e-5)
    accepted = rows(list(scored_lines(run, replace(plan, accept=0.5), Tally())))
    assert accepted == [row for row in rows(lines) if float(row["probability"]) >= 0.5]
    assert len(list(scored_lines(run, replace(plan, as_json=True), Tally()))) == 12


def test_a_killed_job_goes_on(run: TripleRun, triples: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each bad line is heard once, before the model is asked, and no training begins meanwhile."""
    first, *others = Path(triples).read_text(encoding="utf-8").splitlines(keepends=True)
    Path(triples).write_text("".join((first, "zork\tis\tgood\n", *others)), encoding="utf-8")
    plan, whole = ScorePlan(triples, part_size=4), Skipped(1)
    score_file(run, plan, tmp_path / "whole.tsv", bad=whole)
    assert [error.line for error in whole.errors] == [2]
    scored: list[int] = []

    class Killed(TripleJudge):
        most = 2

        def judge(self, worded: Worded) -> list[dict[str, Any]]:
            with pytest.raises(StoreError, match="no training, found one at work"), locked(run.folder, "training"):
                pass
            scored.append(worded.questions[0].line)
            if len(scored) > self.most:
                raise KeyboardInterrupt
            return super().judge(worded)

    monkeypatch.setattr(score_run, "TripleJudge", Killed)
    with pytest.raises(DataError, match=r"triples\.tsv:2: expected a head that the graph knows"):
        score_file(run, plan, tmp_path / "out.tsv")
    assert not scored
    kept: list[int] = []
    anew: list[bool] = []
    with pytest.raises(KeyboardInterrupt):
        score_file(run, plan, tmp_path / "out.tsv", bad=Skipped(1), on_kept=kept.append)
    assert (kept, scored) == ([2], [1, 5, 9])
    with pytest.raises(OptionsError, match="holds finished parts made with another prior: run that again"):
        score_file(run, replace(plan, prior=0.5), tmp_path / "out.tsv", bad=Skipped(1))
    Killed.most = 9
    score_file(run, plan, tmp_path / "out.tsv", bad=Skipped(1), on_anew=lambda: anew.append(True))
    assert (scored, anew) == ([1, 5, 9, 9, 13], [])
    assert (tmp_path / "out.tsv").read_bytes() == (tmp_path / "whole.tsv").read_bytes()
    with pytest.raises(OptionsError, match="is there already: name another file"):
        score_file(run, plan, tmp_path / "out.tsv")


def test_pairs(run: TripleRun, finished: Path, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("head\ttail\tid\ntim\tgood\t1\ncook\tbad\t2\n", encoding="utf-8")
    found, tally = {}, Tally()
    for name, pairs in (
        ("every", PairPlan()),
        ("both", PairPlan(both_ways=True)),
        ("best", PairPlan(best=True)),
        ("chosen", PairPlan(relation_run=finished / "relation", top=1)),
    ):
        found[name] = rows(list(scored_lines(run, ScorePlan(str(path), pairs=pairs), tally)))
    assert [(row["id"], row["relation"]) for row in found["every"]] == [(i, r) for i in "12" for r in run.relations()]
    assert {name: len(rows) for name, rows in found.items()} == {"every": 4, "both": 8, "best": 2, "chosen": 2}
    assert tally.pairs == 8
    tally = score_file(run, ScorePlan(str(path), pairs=PairPlan()), tmp_path / "out.tsv")
    assert rows((tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()) == found["every"]


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ({"labels": (Path("-"),)}, "standard input is for the triples: name a file of labels, and of relations"),
        ({"pairs": PairPlan("-")}, "standard input is for the triples: name a file of labels, and of relations"),
        ({"accept": 0.5, "as_json": True}, "accepted facts are a table, which kbert kg import takes: leave JSON out"),
        ({"accept": 1.5}, "accept: expected at least 0 and at most 1, found 1.5"),
        ({"part_size": 0}, "part_size: expected at least 1 and at most 10000000, found 0"),
    ],
)
def test_options_that_do_not_fit(odd: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        ScorePlan("triples.tsv", **odd)


def test_plans_that_are_for_other_runs(run: TripleRun, finished: Path, triples: str) -> None:
    for odd in ({"accept": 0.5}, {"pairs": PairPlan()}):
        with pytest.raises(OptionsError, match="names relations: to accept, and to ask of pairs, is for the task tri"):
            list(scored_lines(TripleRun(finished / "relation"), ScorePlan(triples, **odd), Tally()))
    (run.folder / CALIBRATION).unlink()
    with pytest.raises(OptionsError, match="is not calibrated: there is no probability to accept by"):
        list(scored_lines(run, ScorePlan(triples, accept=0.5), Tally()))
