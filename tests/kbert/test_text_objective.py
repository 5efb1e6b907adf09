"""The objective of a text model: every text once an epoch, and the cross-entropy of what the network says."""

import math
from collections.abc import Callable

import pytest
import torch

from graphs.corpus import to_rows
from graphs.types import TextGraph
from kbert.text_model import TextModel, evaluate
from kbert.text_objective import TextObjective
from kbert.train import Settings

Reviews = Callable[..., list[TextGraph]]


@pytest.fixture
def objective(text_model: Callable[..., TextModel], reviews: Reviews) -> TextObjective:
    model = text_model()
    data, dev = (model.examples([to_rows(reviews(count, seed=seed))]) for count, seed in ((20, 0), (9, 1)))
    return TextObjective(model, data, dev)


def test_every_text_once(objective: TextObjective) -> None:
    batches = objective.batches(0, Settings(batch_size=6))
    assert sorted(text for batch in batches for text in batch.tolist()) == list(range(20))
    assert max(map(len, batches)) <= 6


def test_the_loss_by_hand(objective: TextObjective, reviews: Reviews) -> None:
    """What the model says of each text by itself, and how far that is from its label."""
    model = objective.model.eval()
    batch = objective.batches(0, Settings(batch_size=6))[0]
    total, count = objective.loss(model, batch, torch.no_grad)
    losses = []
    for graph in (reviews(20)[text] for text in batch.tolist()):
        one = model.examples([to_rows([graph])])
        said = model.predict(one.layout)[0]["scores"]
        losses.append(-math.log(said[one.gold[0]]))
    assert count == len(batch)
    assert float(total) == pytest.approx(sum(losses), rel=1e-4)


def test_the_primary_metric_of_dev_chooses(objective: TextObjective, reviews: Reviews) -> None:
    measured = objective.measure(torch.float32)
    assert measured is not None
    model = objective.model
    dev = model.examples([to_rows(reviews(9, seed=1))])
    metrics = evaluate(model, dev, model.predict(dev.layout, precision=torch.float32))
    assert measured == (metrics, metrics["accuracy"])
    assert TextObjective(model, dev, None).measure(torch.float32) is None
