"""Rankings of finished runs: against the plainest way, kept in parts, taken up after a kill."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

import kbert.rank_run
from graphs.errors import DataError, OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.link_answerers import Shortlist
from kbert.rank_run import rank_run
from kbert.ranking import every_entity, two_stage
from kbert.train import Settings
from kbert.train_retriever import RetrieverPlan, train_retriever
from kbert.train_triples import TriplePlan, train_triples
from kbert.triple_runs import TripleRun
from kbert.triples.ids import TripleIds, triples_of
from kbert.triples.ranks import rank_metrics
from kbert.triples.reader import TripleReader

NAMES = ["tim", "cook", "paris", "lyon", "beijing", "china"]
TRAIN = [Triple(a, "is", b, split="train") for a in NAMES[:2] for b in NAMES[2:]]
TRAIN += [Triple(a, "city", b, split="train") for a in NAMES[3:] for b in NAMES[:2]]
DEV = [Triple("paris", "city", "tim", split="dev")]
TEST = [Triple("tim", "is", "cook"), Triple("cook", "is", "tim"), Triple("paris", "city", "cook")]
TEST = [triple._replace(split="test") for triple in [*TEST, Triple("lyon", "city", "china"), TRAIN[0]]]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([*TRAIN, *DEV, *TEST])


def trained(kg: KnowledgeGraph, encoder: str, task: str, folder: Path) -> Path:
    settings = Settings(epochs=1, learning_rate=1e-3, precision="fp32")
    train_triples(TriplePlan("kgbert", task, encoder, str(kg.folder), settings=settings), folder)
    return folder


@pytest.fixture(scope="module")
def runs(kg: KnowledgeGraph, encoder: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for task in ("triple", "relation"):
        trained(kg, encoder("bert"), task, folder / task)
    settings = Settings(epochs=1, learning_rate=1e-3, precision="fp32")
    train_retriever(
        RetrieverPlan("biencoder", encoder("bert"), str(kg.folder), settings=settings), folder / "retriever"
    )
    return folder


@pytest.fixture
def run(runs: Path, tmp_path: Path) -> TripleRun:
    shutil.copytree(runs / "triple", tmp_path / "run")
    return TripleRun(tmp_path / "run")


@pytest.fixture
def relation_run(runs: Path, tmp_path: Path) -> TripleRun:
    shutil.copytree(runs / "relation", tmp_path / "run")
    return TripleRun(tmp_path / "run")


def by_brute_force(run: TripleRun, kg: KnowledgeGraph, true: set[tuple[int, int, int]]) -> list[float]:
    """Every candidate of every test triple scored by itself: heads, then tails."""
    model = run.load()
    texts, ranks = model.texts(kg), []

    def margin(triple: tuple[int, int, int]) -> float:
        columns = ([part] for part in triple)
        return float(model.margins(texts, TripleIds.of(*columns), precision=torch.float32)[0])

    for side in (0, 2):
        for triple in TEST:
            own = (kg.id(triple.head), kg.relations.index(triple.relation), kg.id(triple.tail))
            made = [(*own[:side], entity, *own[side + 1 :]) for entity in range(len(kg))]
            rivals = [margin(other) for other in made if other not in true]
            ranks.append(1.0 + sum(rival > margin(own) for rival in rivals))
    return ranks


def columns(folder: Path, *names: str) -> list[list[Any]]:
    table = pq.read_table(sorted(folder.glob("part-*.parquet")))
    return [table[name].to_pylist() for name in names]


def test_as_by_brute_force(run: TripleRun, kg: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(every_entity, "AT_ONCE", 12)  # two questions a part
    heard: list[tuple[float, int]] = []
    result = rank_run(run, on_progress=lambda done, questions: heard.append((done, questions)))
    true = set(zip(*(column.tolist() for column in triples_of(kg, "train", "dev", "test").true.columns), strict=True))
    expected = by_brute_force(run, kg, true)
    place, rank, *names = columns(run.folder / "rankings" / "test", "place", "rank", "side", "head", "relation", "tail")
    asked = [(side, *triple[:3]) for side in ("head", "tail") for triple in TEST]
    assert list(zip(*names, strict=True)) == [asked[i] for i in place]
    assert np.array(rank)[np.argsort(place)].tolist() == expected
    assert result["metrics"]["both"] == pytest.approx(rank_metrics(np.array(expected)))
    assert result["metrics"]["head"] == pytest.approx(rank_metrics(np.array(expected[: len(TEST)])))
    assert result["protocol"] == (
        "MRR over 5 triples of the split test, both sides, filtered by 19 true triples of train, dev and test; "
        "realistic ranks; the model was trained on 1 of them"
    )
    assert (result["triples"], result["questions"], result["tied_share"]) == (5, 9, 0)
    leak = next(list(triple[:3]) for triple in TEST if triple._replace(split="train") in TRAIN)
    assert result["leaks"] == {"triples": 1, "first": leak}
    assert json.loads((run.folder / "rankings" / "test" / "result.json").read_text(encoding="utf-8")) == result
    assert heard[-1] == (9, 9)
    assert all(one <= two for (one, _), (two, _) in pairwise(heard))


KILLED = """
import os, signal, sys
from kbert import backbone
from kbert.ranking import every_entity
from kbert import rank_run
from kbert.ranking import two_stage
from kbert.link_answerers import Shortlist
from kbert.triple_runs import TripleRun
every_entity.AT_ONCE, rank_run.PAIRS_AT_ONCE, two_stage.AT_ONCE = 12, 2, 6
def kill(done, questions):
    if 2 < done < questions:
        os.kill(os.getpid(), signal.SIGKILL)
backbone.quiet()
first = Shortlist(TripleRun(sys.argv[2]), 3) if len(sys.argv) > 2 else None
rank_run.rank_run(TripleRun(sys.argv[1]), retriever=first, on_progress=kill)
"""


@pytest.mark.parametrize(("task", "stages"), [("triple", 1), ("relation", 1), ("triple", 2)])
def test_a_killed_ranking_ends_as_an_unbroken_one(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str, stages: int
) -> None:
    monkeypatch.setattr(every_entity, "AT_ONCE", 12)
    monkeypatch.setattr(two_stage, "AT_ONCE", 6)
    monkeypatch.setattr(kbert.rank_run, "PAIRS_AT_ONCE", 2)
    first = [runs / "retriever"] if stages == 2 else []
    for name in ("killed", "unbroken"):
        shutil.copytree(runs / task, tmp_path / name)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "killed", *first], env=environment)
    assert killed.returncode == -9
    left = sorted(path.name for path in (tmp_path / "killed" / "rankings" / "test").iterdir())
    assert left[0] == "manifest.json"
    assert "part-00000.parquet" in left
    assert "result.json" not in left
    retriever = Shortlist(TripleRun(first[0]), 3) if first else None
    results = [rank_run(TripleRun(tmp_path / name), retriever=retriever) for name in ("killed", "unbroken")]
    assert results[0] == results[1]
    folders = [tmp_path / name / "rankings" / "test" for name in ("killed", "unbroken")]
    contents = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert contents[0] == contents[1]


def test_two_stages_say_so(run: TripleRun, runs: Path) -> None:
    first = TripleRun(runs / "retriever")
    result = rank_run(run, retriever=Shortlist(first, 3, 0.5))
    said = f"two stages: the 3 best of {first.folder} in the order of the run, their scores there added with weight 0.5"
    assert f"realistic ranks; {said}, all others behind; the model was trained on 1 of them" in result["protocol"]
    assert result["retriever"] == {"run": str(first.folder), **first.computed_by, "k": 3, "weight": 0.5}
    assert rank_run(first)["retriever"] is None


def test_the_same_in_any_parts(run: TripleRun, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rank_run(run, name="whole")
    monkeypatch.setattr(every_entity, "AT_ONCE", 6)
    parted = rank_run(run, name="parted")
    for result in (whole, parted):
        del result["scored_triples"]  # a triple of questions in two parts is scored in both
    assert whole == parted


def test_other_options_are_another_ranking(run: TripleRun) -> None:
    rank_run(run)
    with pytest.raises(OptionsError, match="made with another limit, seed: take another --name, or pass --overwrite"):
        rank_run(run, limit=2)
    rank_run(run, limit=2, name="two")
    assert rank_run(run, limit=2, overwrite=True)["triples"] == 2
    with pytest.raises(OptionsError, match="a name of rankings has letters, digits"):
        rank_run(run, name="../x")


def test_nothing_is_read_before_a_ranking_is_known_to_be_wanted(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No text is cut and no vector made for what is then refused, or is there already."""
    for name in ("triple", "relation", "retriever"):
        shutil.copytree(runs / name, tmp_path / name)
    every = [(TripleRun(tmp_path / name), None) for name in ("triple", "relation", "retriever")]
    every.append((every[0][0], Shortlist(every[2][0], k=2)))
    results = [rank_run(run, retriever=first, name=f"r{i}") for i, (run, first) in enumerate(every)]
    shutil.rmtree(tmp_path / "retriever" / "vectors")

    def never(*_: object) -> None:
        raise AssertionError("no text is wanted")

    monkeypatch.setattr(TripleReader, "phrases", never)
    for i, (run, first) in enumerate(every):
        assert rank_run(run, retriever=first, name=f"r{i}") == results[i]
        with pytest.raises(OptionsError, match="made with another limit"):
            rank_run(run, retriever=first, name=f"r{i}", limit=2)


def test_a_changed_model_is_another_ranking(run: TripleRun) -> None:
    rank_run(run)
    path = run.folder / "config.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"max_pieces": 128', '"max_pieces": 12'), encoding="utf-8")
    with pytest.raises(OptionsError, match="made with another model: take another --name"):
        rank_run(run)


def test_another_graph(run: TripleRun, kg_of: Callable[..., KnowledgeGraph]) -> None:
    other = kg_of([Triple("apple", "is", "good", split="test"), Triple("apple", "like", "bad", split="test")])
    result = rank_run(run, kg=str(other.folder))
    assert result["protocol"].endswith("realistic ranks; held out: nothing was learnt from them or chosen on them")
    assert result["metrics"]["both"]["ranks"] == 4


def test_what_was_seen_is_told_by_the_graph_of_the_training(
    run: TripleRun, kg: KnowledgeGraph, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path
) -> None:
    """Not by the train of another graph; and that of the training is known again where it was moved."""
    seen, new = TRAIN[-1]._replace(split="test"), Triple("new", "is", "good")
    other = str(kg_of([Triple("new", "is", "new", split="train"), new, new._replace(split="test"), seen]).folder)
    result = rank_run(run, kg=other, name="other")
    assert result["leaks"] == {"triples": 1, "first": list(seen[:3])}
    assert result["protocol"].endswith("realistic ranks; the model was trained on 1 of them")

    exact = rank_run(run)["protocol"]
    run.described["kg"]["folder"] = str(tmp_path / "gone")
    gone = rank_run(run, kg=other, name="gone")
    assert gone["leaks"] == {"triples": 0, "first": None}
    assert gone["protocol"].endswith("is not known: the knowledge graph of the training is gone")
    shutil.copytree(kg.folder, tmp_path / "moved")
    assert rank_run(run, kg=str(tmp_path / "moved"), name="moved")["protocol"] == exact


def test_nothing_to_rank(run: TripleRun, kg_of: Callable[..., KnowledgeGraph]) -> None:
    other = kg_of([Triple("apple", "is", "good")])
    with pytest.raises(DataError, match="expected true triples of the split dev, found 1 of no split"):
        rank_run(run, kg=str(other.folder), split="dev")
    assert not (run.folder / "rankings").exists()


def test_relations(relation_run: TripleRun, kg: KnowledgeGraph) -> None:
    result = rank_run(relation_run, split="train")
    assert result["metrics"]["filtered"]["ranks"] == len(TRAIN)
    assert result["metrics"]["filtered"]["mr"] <= result["metrics"]["raw"]["mr"]
    assert result["questions"] == len(TRAIN)
    assert result["protocol"].startswith(f"MRR of the relation over {len(TRAIN)} triples of the split train, filtered")


def test_relations_it_has_not_learnt(relation_run: TripleRun, kg_of: Callable[..., KnowledgeGraph]) -> None:
    other = kg_of([Triple("apple", "city", "good", split="test"), Triple("apple", "like", "bad", split="test")])
    with pytest.raises(DataError, match="expected relations that the run has learnt, found 1 others, first 'like'"):
        rank_run(relation_run, kg=str(other.folder))
    same = kg_of([Triple("tim", "city", "cook", split="test"), Triple("tim", "like", "cook", split="train")])
    result = rank_run(relation_run, kg=str(same.folder))
    assert [row["relation"] for row in result["by_relation"]] == ["city"]
