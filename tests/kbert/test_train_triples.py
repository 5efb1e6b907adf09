"""From a knowledge graph to a finished run, the same each time, and what stops it before anything is written."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from graphs.errors import DataError, OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.train import Settings
from kbert.train_retriever import RetrieverPlan, train_retriever
from kbert.train_triples import TriplePlan, train_triples
from kbert.triple_runs import TripleRun
from kbert.triple_training import Splits
from kbert.triples.dev import SampledDev
from kbert.triples.model import TripleModel

TRAIN = [Triple(a, "is", b, split="train") for a in ("tim", "cook", "apple", "lyon") for b in ("good", "bad", "now")]
DEV = [Triple("tim", "is", "china", split="dev"), Triple("cook", "is", "good", split="dev")]
SETTINGS = Settings(epochs=2, batch_size=16, learning_rate=1e-3, precision="fp32")


@pytest.fixture
def plan(kg_of: Callable[..., KnowledgeGraph], encoder: Callable[[str], str]) -> TriplePlan:
    kg = kg_of([*TRAIN, *DEV])
    return TriplePlan("kgbert", "triple", encoder("bert"), str(kg.folder), negatives=2, settings=SETTINGS)


def test_a_finished_run(plan: TriplePlan, tmp_path: Path) -> None:
    result = train_triples(plan, tmp_path / "run")
    assert result["leaks"] == {
        "dev": {"triples": 1, "first": ["cook", "is", "good"]},
        "test": {"triples": 0, "first": None},
    }
    model, kg, splits = TripleModel.from_pretrained(tmp_path / "run"), KnowledgeGraph.open(plan.kg), Splits.of(plan.kg)
    dev = SampledDev(splits.dev.true, splits.true, len(kg), 1, seed=plan.settings.seed)
    assert result["dev"] == dev.measure(model, model.texts(kg), torch.float32)[0]
    assert {"sampled_mrr", "sampled_mr"} <= set(result["dev"])
    assert json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8")) == result
    described = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert described["format"] == "kbert triple run"
    assert described["plan"]["scorer_options"] == {"max_pieces": 128, "pooling": "cls", "dropout": 0.1}
    assert TripleModel.from_pretrained(tmp_path / "run").relations == ["is"]


def test_the_same_twice_and_resumed(plan: TriplePlan, tmp_path: Path) -> None:
    train_triples(plan, tmp_path / "one")

    def stop(record: dict[str, object]) -> None:
        if record["step"] == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_triples(plan, tmp_path / "two", report=stop)
    train_triples(plan, tmp_path / "two", resume=True)
    files = ("model.safetensors", "metrics.jsonl", "result.json")
    one, two = ([(tmp_path / name / file).read_bytes() for file in files] for name in ("one", "two"))
    assert one == two


NAMES = ["tim", "cook", "apple", "lyon", "paris", "beijing", "china", "good", "bad", "now"]


@pytest.mark.parametrize(
    ("options", "false", "metrics", "protocol"),
    [
        (
            {"task": "relation"},
            10,
            {"ranks", "mr", "mrr", "raw_mr", "raw_mrr"},
            f"MRR of the relation over {len(NAMES)} triples of the split dev; relations that are true of the same",
        ),
        ({}, 10, {"accuracy", "auc"}, f"AUC over {len(NAMES)} true and 10 false triples of the split dev (dev: the"),
        ({"loss": "infonce"}, 10, {"auc"}, f"AUC over {len(NAMES)} true and 10 false triples of the split dev (dev: "),
        (
            {},
            9,
            {"sampled_ranks", "sampled_mr", "sampled_mrr"},
            f"MRR over {len(NAMES)} triples of the split dev, both sides, among all entities (dev: the epoch",
        ),
    ],
)
def test_what_chooses_the_epoch(
    plan: TriplePlan,
    kg_of: Callable[..., KnowledgeGraph],
    tmp_path: Path,
    options: dict[str, Any],
    false: int,
    metrics: set[str],
    protocol: str,
) -> None:
    """Ten false triples of dev tell more than ranks among drawn entities; fewer do not."""
    dev = [Triple(name, "city", "china", split="dev") for name in NAMES]
    dev += [Triple(name, "city", "lyon", split="dev", label=-1) for name in NAMES[:false]]
    chosen = replace(plan, kg=str(kg_of([*TRAIN, *dev]).folder), **{"negatives": 5, **options})
    result = train_triples(chosen, tmp_path / "run")
    assert {name for name in result["dev"] if "hits" not in name} == metrics
    assert result["protocol"].startswith(protocol)
    assert result["protocol"].endswith("dev: the epoch was chosen on them)")


def test_without_dev_the_last_epoch_is_kept(
    plan: TriplePlan, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path
) -> None:
    kg = kg_of([triple._replace(split="") for triple in TRAIN])
    result = train_triples(replace(plan, kg=str(kg.folder)), tmp_path / "run")
    assert result["best_epoch"] == 2
    assert "dev" not in result


def test_it_is_calibrated_where_dev_has_enough(
    plan: TriplePlan, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path
) -> None:
    words = ["tim", "cook", "apple", "lyon", "paris", "beijing", "china", "good"]
    dev = [Triple(a, "city", b, split="dev") for a in words[:4] for b in words[:6]]
    enough = replace(plan, kg=str(kg_of([*TRAIN, *dev]).folder))
    result = train_triples(enough, tmp_path / "one")
    found = result["calibration"]
    assert (found["true"], found["false"], found["drawn"]) == (24, 48, 48)
    kept = TripleRun(tmp_path / "one").calibration()
    assert kept is not None
    assert {**kept.dev, "false_for_each_true": 2.0, "better": kept.better} == found
    train_triples(enough, tmp_path / "two")
    one, two = ((tmp_path / name / "calibration.json").read_bytes() for name in ("one", "two"))
    assert one == two
    assert "calibration" not in train_triples(replace(enough, task="relation", negatives=5), tmp_path / "relation")
    few = train_triples(plan, tmp_path / "few")
    assert "expected 10 true and 10 false triples of dev to calibrate by, found 2 and 0" in few["uncalibrated"]
    assert TripleRun(tmp_path / "few").calibration() is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"negatives": 4}, "negatives 4 has no effect: no false triples are drawn for the task 'relation'"),
        ({"sides": "head"}, "sides 'head' has no effect: no false"),
        ({"loss": "infonce"}, "loss 'infonce' has no effect: no false"),
        ({"nearest": 7}, "nearest 7 has no effect: no false"),
        ({"negatives_from": "run"}, "negatives_from 'run' has no effect: no false"),
        (
            {"task": "triple", "sides": "even", "negatives_from": "run"},
            "negatives_from 'run' has no effect: sides even",
        ),
        ({"task": "triple", "nearest": 7}, "nearest 7 has no effect: it is for negatives from a retriever"),
    ],
)
def test_options_without_effect(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OptionsError, match=sentence):
        TriplePlan(**{"scorer": "kgbert", "task": "relation", "encoder": "x", "kg": "kg", **options})


def test_infonce_has_no_place_for_false_triples(
    plan: TriplePlan, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path
) -> None:
    kg = kg_of([*TRAIN, Triple("lyon", "is", "china", label=-1)])
    with pytest.raises(OptionsError, match=r"the loss infonce .* has no place for the 1 false triples of train: take"):
        train_triples(replace(plan, kg=str(kg.folder), loss="infonce"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_patience_needs_dev(plan: TriplePlan, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path) -> None:
    patient = replace(plan, kg=str(kg_of(TRAIN).folder), settings=replace(SETTINGS, patience=1))
    with pytest.raises(OptionsError, match=r"patience waits for a better dev, and .* has no true triples of it"):
        train_triples(patient, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_nothing_to_learn(plan: TriplePlan, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path) -> None:
    kg = kg_of(DEV)
    with pytest.raises(DataError, match="expected true triples to learn"):
        train_triples(replace(plan, kg=str(kg.folder)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_taken(plan: TriplePlan, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "precious").touch()
    with pytest.raises(OptionsError, match="is there already: name another folder"):
        train_triples(plan, tmp_path / "run")


def test_negatives_from_a_retriever(plan: TriplePlan, tmp_path: Path) -> None:
    """The same run twice, told what is prepared; another set of false triples than without."""
    settings = replace(SETTINGS, batch_size=4)
    train_retriever(RetrieverPlan("biencoder", plan.encoder, plan.kg, settings=settings), tmp_path / "retriever")
    near = replace(plan, negatives_from=str(tmp_path / "retriever"), nearest=2)
    told: list[dict[str, object]] = []
    for name in ("one", "two"):
        train_triples(near, tmp_path / name, report=told.append)
    train_triples(plan, tmp_path / "without")
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "two", "without")]
    assert weights[0] == weights[1] != weights[2]
    first, *_, last = [record for record in told if "preparing" in record]
    assert first["preparing"] == f"entities, read first by {tmp_path / 'retriever'}"
    assert first["done"] == first["of"]
    what = f"questions to {tmp_path / 'retriever'}: the 2 nearest wrong answers of 12 triples"
    assert last == {"preparing": what, "done": 7, "of": 7}
    described = json.loads((tmp_path / "one" / "run.json").read_text(encoding="utf-8"))
    assert described["retriever"] == TripleRun(tmp_path / "retriever").digest

    with pytest.raises(OptionsError, match=r"without is no retriever \(see kbert train biencoder"):
        train_triples(replace(near, negatives_from=str(tmp_path / "without")), tmp_path / "never")
    assert not (tmp_path / "never").exists()


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ({"entity_text": "labels"}, "entity_text: expected label, description or both, found 'labels'"),
        ({"sides": "tails"}, "sides: expected both, balanced, even, head or tail, found 'tails'"),
        ({"loss": "info"}, "loss: expected softmax or infonce, found 'info'"),
        ({"negatives": 0}, "negatives: expected at least 1, found 0"),
        ({"nearest": 0}, "nearest: expected at least 1, found 0"),
    ],
)
def test_values_that_no_option_has(plan: TriplePlan, odd: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        replace(plan, **odd)


def test_one_relation_is_nothing_to_learn(
    plan: TriplePlan, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path
) -> None:
    kg = kg_of([Triple("tim", "is", "cook"), Triple("lyon", "is", "paris")])
    alone = TriplePlan("kgbert", "relation", plan.encoder, str(kg.folder))
    with pytest.raises(DataError, match="expected two relations or more to tell apart, found 1"):
        train_triples(alone, tmp_path / "run")
    assert not (tmp_path / "run").exists()
