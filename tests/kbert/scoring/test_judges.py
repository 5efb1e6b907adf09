"""A finished run as a judge, and what tells two jobs apart."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from graphs.errors import stop
from graphs.knowledge import KnowledgeGraph
from graphs.questions import Question
from graphs.types import EntityText, Triple
from kbert.run_folder import surroundings
from kbert.scoring.judges import depends_on, judge_of
from kbert.train import Settings
from kbert.train_triples import TriplePlan, train_triples
from kbert.triple_runs import TripleRun

TRAIN = [Triple(a, "is", b, split="train") for a in ("tim", "cook") for b in ("good", "bad", "now")]


@pytest.fixture(scope="module")
def run(
    kg_of: Callable[..., KnowledgeGraph], encoder: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> TripleRun:
    folder = tmp_path_factory.mktemp("runs") / "run"
    settings = Settings(epochs=1, precision="fp32")
    train_triples(TriplePlan("kgbert", "triple", encoder("bert"), str(kg_of(TRAIN).folder), settings=settings), folder)
    return TripleRun(folder)


def test_a_scorer(run: TripleRun) -> None:
    judge = judge_of(run, labels=[EntityText("new", "the film")])
    (answer,) = judge.judge(judge.ask([Question("f", 1, "new", "is", "good")], stop))
    assert tuple(answer) == judge.columns
    assert answer["unseen"] == ["head"]


def test_what_answers_depend_on(run: TripleRun, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path) -> None:
    triples, labels = tmp_path / "triples.tsv", tmp_path / "labels.tsv"
    triples.write_text("a\tb\tc\n")
    labels.write_text("name\tlabel\n")
    own = depends_on(run, None, triples, [labels], size=1)
    assert own == depends_on(run, None, triples, [labels], size=1)
    other = str(kg_of(TRAIN[:2]).folder)
    others = [
        depends_on(run, other, triples, [labels], size=1),
        depends_on(run, None, labels, [labels], size=1),
        depends_on(run, None, triples, [], size=1),
        depends_on(run, None, triples, [labels], size=2),
    ]
    assert all(own != one for one in others)
    assert depends_on(run, None, "-", [])["triples"] is None
    for name in ("model.safetensors", "config.json", "tokenizer.json", "calibration.json"):
        shutil.copytree(run.folder, tmp_path / name)
        with (tmp_path / name / name).open("ab") as file:
            file.write(b" ")
        assert depends_on(TripleRun(tmp_path / name), None, triples, [labels], size=1) != own, name
    assert surroundings().items() <= own.items()
    assert run.computed_by.items() <= own.items()
