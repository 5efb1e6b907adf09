"""What a retriever is trained on: the loss by hand, entity by entity, and what passes from batch to batch."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphs.errors import OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.retrieval.model import RetrievalModel
from kbert.retrieval.objective import Contrast, RetrievalObjective
from kbert.train import Settings, train
from kbert.triples.ids import Asked, TripleIds, triples_of

NAMES = ["tim", "cook", "paris", "lyon", "beijing", "china", "good", "bad"]
TRAIN = [Triple(NAMES[i], "is", NAMES[(i + 1) % 8], split="train") for i in range(8)]
TRAIN += [Triple("tim", "is", "bad", split="train"), Triple("lyon", "city", "lyon", split="train")]
TRAIN += [Triple("paris", "is", "cook", split="train")]
SETTINGS = Settings(batch_size=4, epochs=2, precision="fp32", checkpoint_steps=0)


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRAIN)


Make = Callable[..., RetrievalObjective]


@pytest.fixture
def make(encoder: Callable[[str], str], kg: KnowledgeGraph) -> Make:
    def made(**contrast: Any) -> RetrievalObjective:
        torch.manual_seed(0)
        model = RetrievalModel(retriever="biencoder", relations=kg.relations, backbone=backbone.load(encoder("bert")))
        train = triples_of(kg, "train").true
        return RetrievalObjective(model.eval(), model.texts(kg), train, None, contrast=Contrast(**contrast))

    return made


def rows(triples: TripleIds) -> list[tuple[int, int, int]]:
    return list(zip(*(column.tolist() for column in triples.columns), strict=True))


def by_hand(objective: RetrievalObjective, batch: TripleIds, older: list[list[int]], contrast: Contrast) -> float:
    """The loss of SimKGC's equation 5 in loops; ``older`` has the entities of earlier batches."""
    model, texts, true = objective.model, objective.texts, set(rows(objective._train))
    scale = model.scale
    asked = [(t, r, False, h) for h, r, t in rows(batch)] + [(h, r, True, t) for h, r, t in rows(batch)]
    every = model.entities(texts, np.arange(len(texts.entities)), precision=torch.float32)

    def right(question: tuple[int, int, bool, int], entity: int) -> bool:
        given, relation, asks_tail, _ = question
        return ((given, relation, entity) if asks_tail else (entity, relation, given)) in true

    def vector(question: tuple[int, int, bool, int]) -> np.ndarray:
        one = Asked(np.array([question[0]]), np.array([question[1]], np.int32), np.array([question[2]]))
        return model.questions(texts, one, precision=torch.float32)[0]

    total, here = 0.0, sorted({e for h, _, t in rows(batch) for e in (h, t)})
    for question in asked:
        own = math.exp(scale * (vector(question) @ every[question[3]] - contrast.margin))
        rivals = [math.exp(scale * vector(question) @ every[e]) for e in here if not right(question, e)]
        rivals += [
            math.exp(contrast.pre_batch_weight * scale * vector(question) @ every[e])
            for entities in older
            for e in entities
            if not right(question, e)
        ]
        total -= math.log(own / (own + sum(rivals)))
        others = [math.exp(scale * vector(q) @ every[question[3]]) for q in asked if not right(q, question[3])]
        total -= math.log(own / (own + sum(others)))
    return total


def test_the_loss_by_hand(make: Make) -> None:
    contrast = Contrast(margin=0.1, pre_batches=2, pre_batch_weight=0.7)
    objective = make(margin=0.1, pre_batches=2, pre_batch_weight=0.7)
    older: list[list[int]] = []
    for batch in objective.batches(0, SETTINGS):
        total, count = objective.loss(objective.model, batch, torch.no_grad)
        assert count == 4 * len(batch)
        assert float(total.detach()) == pytest.approx(by_hand(objective, batch, older[-2:], contrast), rel=1e-4)
        older.append(sorted({e for h, _, t in rows(batch) for e in (h, t)}))
    assert len(older) == 3


def test_every_triple_once_in_an_order_that_seed_and_epoch_decide(make: Make) -> None:
    def order(epoch: int, seed: int) -> list[list[tuple[int, int, int]]]:
        return [rows(batch) for batch in make().batches(epoch, Settings(batch_size=4, seed=seed))]

    assert order(0, 0) == order(0, 0)
    assert order(0, 0) != order(1, 0) != order(0, 1)
    assert sorted(row for batch in order(0, 0) for row in batch) == sorted(rows(make()._train))


def test_no_gradient_flows_into_earlier_batches(make: Make) -> None:
    objective = make()
    for batch in objective.batches(0, SETTINGS):
        total, _ = objective.loss(objective.model, batch, torch.enable_grad)
        total.backward()  # would fail where it went back through the graph of a batch before
    assert all(not vectors.requires_grad for name, vectors in objective.memory().items())


@pytest.mark.parametrize("pre_batches", [0, 2])
def test_resumed_as_unbroken(make: Make, tmp_path: Path, pre_batches: int) -> None:
    """What was in earlier batches is known again."""
    settings = Settings(batch_size=2, epochs=1, precision="fp32", checkpoint_steps=3)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    train(make(pre_batches=pre_batches), settings, tmp_path / "one", lambda record: None)

    def stop(record: dict[str, Any]) -> None:
        if record["step"] == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(make(pre_batches=pre_batches), settings, tmp_path / "two", stop)
    train(make(pre_batches=pre_batches), settings, tmp_path / "two", lambda record: None)
    for file in ("metrics.jsonl", "checkpoints/last/model.safetensors", "checkpoints/last/memory.safetensors"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ({"margin": -0.1}, "margin: expected at least 0, found -0.1"),
        ({"pre_batches": -1}, "pre_batches: expected at least 0"),
        ({"pre_batch_weight": 1.5}, "pre_batch_weight: expected at least 0 and at most 1, found 1.5"),
    ],
)
def test_a_contrast_out_of_range(odd: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        Contrast(**odd)
