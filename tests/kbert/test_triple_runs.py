"""Opening finished runs on triples, and what is said of folders that are none."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from graphs.errors import OptionsError, StoreError
from graphs.files import write_json
from graphs.folders import locked
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.train import Settings
from kbert.train_triples import TriplePlan, train_triples
from kbert.triple_runs import TripleRun
from kbert.triples.calibration import Calibration
from kbert.triples.platt import Platt

TRAIN = [Triple(a, "is", b, split="train") for a in ("tim", "cook") for b in ("good", "bad", "now")]


@pytest.fixture
def run(kg_of: Callable[..., KnowledgeGraph], encoder: Callable[[str], str], tmp_path: Path) -> Path:
    plan = TriplePlan(
        "kgbert", "triple", encoder("bert"), str(kg_of(TRAIN).folder), settings=Settings(epochs=1, precision="fp32")
    )
    train_triples(plan, tmp_path / "run")
    return tmp_path / "run"


def test_what_it_gives(run: Path) -> None:
    opened = TripleRun(run)
    assert opened.plan["scorer"] == "kgbert"
    assert opened.result()["epochs"] == 1
    assert opened.load().relations == opened.relations() == ["is"]
    assert len(opened.graph()) == 5


def test_a_kind_that_is_none(run: Path) -> None:
    described = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert TripleRun(run).kind == described["kind"] == "triple"
    write_json(run / "run.json", {**described, "kind": "other"})
    with pytest.raises(StoreError, match=r"run\.json: expected a run of the kind triple, relation, retr"):
        TripleRun(run)


def test_the_graph_it_was_trained_on(run: Path, kg_of: Callable[..., KnowledgeGraph]) -> None:
    opened = TripleRun(run)
    own, other = Path(opened.described["kg"]["folder"]), kg_of([*TRAIN, Triple("apple", "is", "good")]).folder
    own.rename(own.with_name("moved"))
    with pytest.raises(StoreError, match=r"expected the knowledge graph of the training \(--kg says where it is\)"):
        opened.graph()
    shutil.copytree(other, own)
    with pytest.raises(StoreError, match=r"as it was in the training \(--kg takes it as it is\)"):
        opened.graph()
    assert len(opened.graph(str(other))) == 6


def test_it_is_not_read_during_a_training(run: Path) -> None:
    with (
        locked(run, "training"),
        pytest.raises(StoreError, match="run: expected no training of this run, found one at work"),
    ):
        TripleRun(run).load()
    with (
        TripleRun(run).in_use(),
        pytest.raises(StoreError, match="expected no training, found one at work"),
        locked(run, "training"),
    ):
        pass


def test_its_calibration(run: Path) -> None:
    assert TripleRun(run).calibration() is None
    kept = Calibration(Platt(1.0, 0.5), 0.25, {"is": 0.5}, "global", {"true": 3, "false": 4, "drawn": 4})
    write_json(run / "calibration.json", kept.as_dict())
    assert TripleRun(run).calibration() == kept
    (run / "calibration.json").write_text('{"scale": "x"}', encoding="utf-8")
    with pytest.raises(StoreError, match=r"calibration\.json: expected a number as scale, found 'x'"):
        TripleRun(run).calibration()


def test_no_run_or_an_unfinished_one(run: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"expected a run \(see kbert train\), found no such folder"):
        TripleRun(tmp_path / "none")
    (run / "result.json").unlink()
    with pytest.raises(StoreError, match="expected a finished run"):
        TripleRun(run).load()
    (run / "run.json").write_text('{"format": "kbert run", "version": 1}', encoding="utf-8")
    with pytest.raises(OptionsError, match=r"run is a run on texts \(see kbert evaluate, predict, encode"):
        TripleRun(run)


def test_what_its_answers_hang_on(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The precision that ``auto`` comes to on a machine, not the word."""
    opened = TripleRun(run)
    assert opened.computed_by == {"model": opened.digest, "precision": "float32", "device": opened.device.type}
    assert opened.precision(opened.load()) == torch.float32
    opened.plan["settings"]["precision"] = "auto"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for has, name in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr("kbert.precision.is_fast_in_bf16", lambda has=has: has)
        assert opened.computed_by == {"model": opened.digest, "precision": name, "device": "cpu"}
        assert opened.precision(opened.load()) == getattr(torch, name)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert opened.computed_by["device"] == "cuda"
