"""Training an embedding: it learns, and broken off and resumed it ends with the same bytes."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from graphs.errors import DataError, OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.train_embedding import EmbeddingPlan, EmbeddingSettings, train_embedding

NAMES = ["ann", "bob", "cid", "dot", "eve", "fay"]
TRAIN = [Triple(a, "next", b, split="train") for a, b in pairwise(NAMES)]
TRAIN += [Triple(b, "before", a, split="train") for a, b in pairwise(NAMES)]
DEV = [Triple("ann", "next", "bob", split="dev")]
SETTINGS = EmbeddingSettings(epochs=6, batch_size=4, learning_rate=0.3, checkpoint_steps=2)


@pytest.fixture
def plan(kg_of: Callable[..., KnowledgeGraph]) -> EmbeddingPlan:
    return EmbeddingPlan("transe", str(kg_of([*TRAIN, *DEV]).folder), width=8, settings=SETTINGS)


@pytest.mark.parametrize(("loss", "method"), [("negatives", "transe"), ("1vsall", "complex"), ("1vsall", "rotate")])
def test_it_learns(plan: EmbeddingPlan, tmp_path: Path, loss: Any, method: str) -> None:
    settings = replace(SETTINGS, epochs=60)
    result = train_embedding(replace(plan, loss=loss, method=method, settings=settings), tmp_path / "run")
    assert result["dev"]["mrr"] == 1
    assert "MRR over 1 triples of the split dev, both sides, among all entities" in result["protocol"]
    described = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert (described["kind"], described["plan"]["width"]) == ("embedding", 8)


@pytest.mark.parametrize("loss", ["negatives", "1vsall"])
def test_broken_off_and_resumed_it_is_the_same(plan: EmbeddingPlan, tmp_path: Path, loss: Any) -> None:
    plan = replace(plan, loss=loss)
    train_embedding(plan, tmp_path / "whole")

    def stop(record: dict[str, Any]) -> None:
        if record["step"] == 9 and "loss" in record:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_embedding(plan, tmp_path / "broken", report=stop)
    train_embedding(plan, tmp_path / "broken", resume=True)
    for name in ("model.safetensors", "result.json", "metrics.jsonl"):
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_without_dev_the_last_epoch_is_kept(
    plan: EmbeddingPlan, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path
) -> None:
    alone = replace(plan, kg=str(kg_of(TRAIN).folder))
    result = train_embedding(alone, tmp_path / "run")
    assert (result["best_epoch"], "dev" in result) == (6, False)
    with pytest.raises(OptionsError, match="patience waits for a better dev"):
        train_embedding(replace(alone, settings=replace(SETTINGS, patience=2)), tmp_path / "other")


def test_patience(plan: EmbeddingPlan, tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=500, patience=3)
    assert train_embedding(replace(plan, settings=settings), tmp_path / "run")["epochs"] < 500


def test_a_loss_that_overflows(plan: EmbeddingPlan, tmp_path: Path) -> None:
    settings = replace(SETTINGS, learning_rate=1e30)
    with pytest.raises(DataError, match=r"expected a loss that is a number, found (nan|inf) at step"):
        train_embedding(replace(plan, method="complex", loss="1vsall", settings=settings), tmp_path / "run")


def test_the_last_step_was_one_too_far(plan: EmbeddingPlan, tmp_path: Path) -> None:
    """No loss comes after it that could tell."""
    settings = replace(SETTINGS, epochs=1, batch_size=100, learning_rate=1e38)
    with pytest.raises(DataError, match=r"expected a loss that is a number, found (nan|-?inf) at step 1"):
        train_embedding(replace(plan, method="complex", loss="1vsall", settings=settings), tmp_path / "run")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "hinge"}, "loss: expected negatives or 1vsall, found 'hinge'"),
        ({"width": 0}, "width: expected at least 1, found 0"),
        ({"negatives": 0}, "negatives: expected at least 1, found 0"),
        ({"margin": -1.0}, r"margin: expected at least 0, found -1\.0"),
        ({"spread": float("nan")}, "spread: expected .* found nan"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_plans_that_no_training_could_go_by(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        EmbeddingPlan("transe", "kg", **options)
