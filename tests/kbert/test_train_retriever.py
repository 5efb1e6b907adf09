"""From a knowledge graph to a finished retriever."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from graphs.errors import DataError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.retrieval.model import RetrievalModel
from kbert.train import Settings
from kbert.train_retriever import RetrieverPlan, train_retriever
from kbert.triple_runs import TripleRun

TRAIN = [Triple(a, "is", b, split="train") for a in ("tim", "cook", "apple", "lyon") for b in ("good", "bad")]
DEV = [Triple("tim", "is", "china", split="dev"), Triple("cook", "is", "good", split="dev")]


PROTOCOL = (
    "MRR over 2 triples of the split dev, both sides, among all entities, filtered by all true triples of the graph "
    "(dev: the epoch was chosen on them)"
)


@pytest.mark.parametrize("dev", [DEV, []])
def test_a_finished_run(
    kg_of: Callable[..., KnowledgeGraph], encoder: Callable[[str], str], tmp_path: Path, dev: list[Triple]
) -> None:
    kg = kg_of([*TRAIN, Triple("tim", "is", "now", split="train", label=-1), *dev])
    settings = Settings(epochs=2, batch_size=4, learning_rate=1e-3, precision="fp32")
    result = train_retriever(
        RetrieverPlan("biencoder", encoder("bert"), str(kg.folder), settings=settings), tmp_path / "run"
    )
    first = list(dev[1][:3]) if dev else None
    assert result["leaks"] == {
        "dev": {"triples": len(dev) // 2, "first": first},
        "test": {"triples": 0, "first": None},
    }
    assert result.get("dev", {}).get("ranks") == (4 if dev else None)
    assert result.get("protocol") == (PROTOCOL if dev else None)
    described = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert described["plan"]["retriever_options"]["towers"] == "separate"
    assert described["plan"]["contrast"] == {"margin": 0.02, "pre_batches": 2, "pre_batch_weight": 0.5}
    opened = TripleRun(tmp_path / "run")
    assert isinstance(opened.load(), RetrievalModel)


def test_one_entity_is_nothing_to_learn(
    kg_of: Callable[..., KnowledgeGraph], encoder: Callable[[str], str], tmp_path: Path
) -> None:
    plan = RetrieverPlan("biencoder", encoder("bert"), str(kg_of([Triple("tim", "is", "tim")]).folder))
    with pytest.raises(DataError, match="expected two entities or more to tell apart, found 1"):
        train_retriever(plan, tmp_path / "run")
