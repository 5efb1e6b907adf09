"""Measuring a run on labelled triples: the figures, what is kept, and what is refused."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from graphs.errors import DataError, OptionsError, Skipped, StoreError
from graphs.files import write_json
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.scoring.evaluation import evaluate_triples
from kbert.train import Settings
from kbert.train_retriever import RetrieverPlan, train_retriever
from kbert.train_triples import TriplePlan, train_triples
from kbert.triple_runs import CALIBRATION, TripleRun
from kbert.triples.calibration import Calibration
from kbert.triples.data import TripleData, of_split, of_table
from kbert.triples.ids import triples_of
from kbert.triples.platt import Platt

PLACES = ("paris", "lyon", "beijing")
TRAIN = [Triple(a, "is", b, split="train") for a in ("tim", "cook", *PLACES) for b in ("good", "bad")]
TEST = [Triple(a, "city", "china", split="test", label=1 if a == "beijing" else -1) for a in PLACES]
TEST += [Triple("tim", "is", "now", split="test"), Triple("now", "is", "tim", split="test", label=-1)]


@pytest.fixture(scope="module")
def finished(
    kg_of: Callable[..., KnowledgeGraph],
    train_both: Callable[[KnowledgeGraph, Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    folder, kg = tmp_path_factory.mktemp("runs"), kg_of([*TRAIN, *TEST])
    train_both(kg, folder)
    return folder


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> TripleRun:
    shutil.copytree(finished / "triple", tmp_path / "run")
    return TripleRun(tmp_path / "run")


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: str) -> Path:
        path = tmp_path / "known.tsv"
        path.write_text("".join("\t".join(row.split()) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


def kept(run: TripleRun, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run.folder / "predictions" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def test_figures_of_a_split(run: TripleRun) -> None:
    kg, model, heard = run.graph(), run.load(), []
    result = evaluate_triples(run, of_split(kg, "test"), name="test", on_triples=heard.append)
    known = triples_of(kg, "test")
    margins = model.margins(model.texts(kg), known.triples, precision=torch.float32)
    metrics = result["metrics"]
    assert (metrics["true"], metrics["false"]) == (2, 3)
    assert metrics["accuracy"] == pytest.approx(np.mean((margins > 0) == (known.label > 0)))
    assert metrics["auc"] == pytest.approx(roc_auc_score(known.label > 0, margins))
    assert list(metrics["per_relation"]) == ["city", "is"]
    assert result["protocol"].startswith(
        f"accuracy and AUC over 2 true and 3 false triples of test of {kg.folder} (held"
    )
    assert (result["leaks"], result["contrary"]) == ({"triples": 0, "first": None}, 0)
    assert sum(heard) == 5
    predictions = kept(run, "test").pop("predictions")
    assert [row["margin"] for row in predictions] == pytest.approx(margins.tolist(), abs=1e-5)
    assert [(*triple[:3], triple.label) for triple in TEST] == [
        tuple(row[key] for key in ("head", "relation", "tail", "label")) for row in predictions
    ]


def test_leaks_and_repetitions_are_told_with_their_place(run: TripleRun, table: Callable[..., Path]) -> None:
    path = table("tim city china 1", "tim is good 1", "cook is good 0", "cook is bad 1", "tim city china 1")
    with pytest.raises(
        OptionsError, match=r"known\.tsv: the run was trained on 3 of the 5 triples, the first at .*:2; p"
    ):
        evaluate_triples(run, of_table(path), name="table")
    result = evaluate_triples(run, of_table(path), name="table", any_data=True)
    assert result["leaks"] == {"triples": 2, "first": f"{path}:2"}
    assert result["contrary"] == 1
    assert result["repeats"] == {"triples": 1, "first": f"{path}:5"}
    with pytest.raises(DataError, match=r"known\.tsv: expected true and false triples, found true ones alone"):
        evaluate_triples(run, of_table(path), name="fresh", unseen=True)
    more = path.read_text(encoding="utf-8") + "now\tis\tgood\t0\n"
    path.write_text(more, encoding="utf-8")
    fresh = evaluate_triples(run, of_table(path), name="fresh", unseen=True)
    assert (fresh["leaks"], fresh["contrary"]) == ({"triples": 0, "first": None}, 0)
    assert fresh["left_out"] == 3
    assert fresh["protocol"].startswith(
        "accuracy and AUC over 2 true and 1 false triples of known.tsv but the 3 that it was trained on (held out:"
    )
    seen = replace(of_table(path), questions=of_table(path).questions[1:2])
    with pytest.raises(DataError, match=r"known\.tsv: expected true and false triples, found none"):
        evaluate_triples(run, seen, name="x", unseen=True)


def test_parts_without_text(run: TripleRun, table: Callable[..., Path]) -> None:
    path = table("tim is now 1", "nobody is good 0", "cook is now 0", "tim was good 1")
    with pytest.raises(DataError, match=r"known\.tsv:2: expected a head that the graph knows, or a text of it"):
        evaluate_triples(run, of_table(path), name="x")
    bad = Skipped(2)
    result = evaluate_triples(run, of_table(path), name="x", bad=bad)
    assert [error.line for error in bad.errors] == [2, 4]
    assert "over 1 true and 1 false triples" in result["protocol"]
    assert (result["metrics"]["true"], result["metrics"]["false"]) == (1, 1)


def test_what_is_kept_is_not_replaced_unasked(run: TripleRun, table: Callable[..., Path]) -> None:
    data = of_split(run.graph(), "test")
    evaluate_triples(run, data, name="test")
    first = kept(run, "test")
    evaluate_triples(run, of_split(run.graph(), "test"), name="test")
    assert kept(run, "test") == first
    other = of_table(table("tim is now 1", "cook is now 0"))
    with pytest.raises(OptionsError, match=r"test\.json holds predictions on other triples: take another"):
        evaluate_triples(run, other, name="test")
    evaluate_triples(run, other, name="test", overwrite=True)
    assert kept(run, "test") != first
    with pytest.raises(OptionsError, match="a name of predictions has letters"):
        evaluate_triples(run, data, name="../x")


def test_one_evaluation_under_a_name_at_a_time(run: TripleRun) -> None:
    data, refused = of_split(run.graph(), "test"), []

    def meanwhile(count: int) -> None:
        with pytest.raises(StoreError, match="expected no other evaluation under this name, found one at work"):
            evaluate_triples(run, data, name="test", overwrite=True)
        evaluate_triples(run, data, name="other")
        refused.append(count)

    evaluate_triples(run, data, name="test", on_triples=meanwhile)
    assert refused == [5]
    assert kept(run, "test")["predictions"] == kept(run, "other")["predictions"]


def test_another_graph(run: TripleRun, table: Callable[..., Path], kg_of: Callable[..., KnowledgeGraph]) -> None:
    """What the run has seen is told by the graph of its training, whichever graph knows the entities."""
    path = table("tim is good 1", "lyon city china 0", "new is bad 1")
    other = str(kg_of([*TRAIN[:2], *TEST, Triple("new", "is", "good")]).folder)
    with pytest.raises(OptionsError, match="the run was trained on 1 of the 3 triples"):
        evaluate_triples(run, of_table(path), name="other", kg=other)
    result = evaluate_triples(run, of_table(path), name="other", kg=other, any_data=True)
    assert result["leaks"] == {"triples": 1, "first": f"{path}:1"}
    assert result["protocol"].endswith("(the model was trained on 1 of them)")


def test_a_graph_that_was_changed_or_is_gone(run: TripleRun, kg_of: Callable[..., KnowledgeGraph]) -> None:
    folder = Path(run.described["kg"]["folder"])
    data, copy = of_split(run.graph(), "test"), folder.with_name("copy")
    shutil.copytree(folder, copy)
    run.described["kg"]["folder"] = str(changed := kg_of([*TRAIN[:2], *TEST]).folder)
    assert "which was changed since" in evaluate_triples(run, data, name="a", kg=str(changed))["protocol"]
    run.described["kg"]["folder"] = str(folder.with_name("none"))
    moved = evaluate_triples(run, data, name="moved", kg=str(copy), unseen=True)
    assert moved["protocol"].endswith("(held out: nothing was learnt from them or chosen on them)")
    copy = changed
    assert "is not known" in evaluate_triples(run, data, name="b", kg=str(copy))["protocol"]
    with pytest.raises(OptionsError, match=r"is gone \(--kg says where it is\): what is unseen is not known"):
        evaluate_triples(run, data, name="c", kg=str(copy), unseen=True)


def test_another_task(run: TripleRun, finished: Path) -> None:
    assert (TripleRun(finished / "relation").kind, TripleRun(finished / "relation").has_zero) == ("relation", False)
    with pytest.raises(OptionsError, match="learnt to name relations, not which triples are true: see kbert rank"):
        evaluate_triples(TripleRun(finished / "relation"), of_split(run.graph(), "test"), name="x")


def test_fitted_thresholds(run: TripleRun) -> None:
    data = of_split(run.graph(), "test")
    assert "accuracy_global" not in evaluate_triples(run, data, name="test")["metrics"]
    dev = {"true": 10, "false": 10, "drawn": 0}
    for number, thresholds in enumerate(({}, {"city": -99.0})):
        calibration = Calibration(Platt(1.0, 0.0), 99.0, thresholds, "global", dev)
        write_json(run.folder / CALIBRATION, calibration.as_dict())
        metrics = evaluate_triples(run, data, name=f"fitted-{number}")["metrics"]
        assert metrics["accuracy_global"] == 3 / 5  # none is held for true
        assert metrics.get("accuracy_relation") == (2 / 5 if thresholds else None)  # all of the relation city are
        assert metrics["per_relation"]["city"].get("accuracy_relation") == (1 / 3 if thresholds else None)


def test_thresholds_move_to_the_share_of_true_triples_that_drawing_gives(run: TripleRun) -> None:
    """At 1 in 6, as in dev, they are as fitted; where two of five are true, lower by log(10 / 3) of margin."""
    data = of_split(run.graph(), "test")
    margins = [row["margin"] for row in kept_rows(run, data)]
    moved = np.log((2 / 3) / (1 / 5))
    edge = sorted(margins)[2] + moved / 2  # the third margin is above the threshold once that is moved
    dev = {"true": 10, "false": 50, "drawn": 50}
    write_json(run.folder / CALIBRATION, Calibration(Platt(1.0, 0.0), edge, {}, "global", dev).as_dict())
    for drawn, threshold, ratio in ((0, edge, "1 triple in 6 is true, as in dev"), (3, edge - moved, "in 2.5 is true")):
        result = evaluate_triples(run, replace(data, drawn=drawn), name=f"at-{drawn}", overwrite=True)
        expected = np.mean((np.array(margins) >= threshold) == data.is_true)
        assert result["metrics"]["accuracy_global"] == pytest.approx(expected)
        assert "; thresholds are for data of which 1 triple in" in result["protocol"]
        assert ratio in result["protocol"]
    assert result["protocol"].endswith("1 triple in 2.5 is true (in dev 1 in 6)")


def test_the_share_stays_where_triples_are_left_out(run: TripleRun, kg_of: Callable[..., KnowledgeGraph]) -> None:
    """False triples that were drawn for one that is left out, or cannot be read, are left out with it."""
    dev = {"true": 10, "false": 50, "drawn": 50}
    write_json(run.folder / CALIBRATION, Calibration(Platt(1.0, 0.0), 0.0, {}, "global", dev).as_dict())
    rows = [
        ("tim", "is", "good"),
        ("cook", "is", "bad"),
        ("tim", "is", "now"),
        ("now", "city", "tim"),
        ("tim", "is", "z"),
    ]
    other = str(kg_of([Triple(*row, split="test") for row in rows]).folder)
    data = of_split(KnowledgeGraph.open(other), "test", negatives=1)
    unreadable = data.questions[4]._replace(tail="nobody")
    data = replace(data, questions=[*data.questions[:4], unreadable, *data.questions[5:]])
    result = evaluate_triples(run, data, name="x", kg=other, unseen=True, bad=Skipped(1))
    assert (result["left_out"], result["metrics"]["true"], result["metrics"]["false"]) == (4, 2, 2)
    assert result["protocol"].endswith("thresholds are for data of which 1 triple in 2 is true (in dev 1 in 6)")


def kept_rows(run: TripleRun, data: TripleData) -> list[dict[str, float]]:
    evaluate_triples(run, data, name="margins")
    rows: list[dict[str, float]] = kept(run, "margins")["predictions"]
    return rows


def test_only_softmax_gives_margins_a_zero(run: TripleRun, encoder: Callable[[str], str], tmp_path: Path) -> None:
    about = {"encoder": encoder("bert"), "kg": str(run.graph().folder)}
    settings = Settings(epochs=1, precision="fp32")
    train_retriever(RetrieverPlan("biencoder", **about, settings=settings), tmp_path / "retriever")
    train_triples(TriplePlan("kgbert", "triple", **about, loss="infonce", settings=settings), tmp_path / "infonce")
    assert (run.kind, run.has_zero) == ("triple", True)
    for name, kind in (("retriever", "retriever"), ("infonce", "triple")):
        other = TripleRun(tmp_path / name)
        assert (other.kind, other.has_zero) == (kind, False)
        metrics = evaluate_triples(other, of_split(other.graph(), "test"), name="test")["metrics"]
        assert "accuracy" not in metrics
        assert 0 <= metrics["auc"] <= 1
