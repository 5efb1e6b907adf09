"""A label for an aspect: what its head reads, and how it is measured."""

from collections.abc import Callable
from random import Random

import pytest
import torch
from sklearn.metrics import f1_score

from graphs.corpus import to_rows
from graphs.types import TextGraph
from kbert.layers.pooling import MarkedPooling
from kbert.layout import OPENING, Encoded
from kbert.targets import IGNORED
from kbert.tasks import aspect
from kbert.tasks.aspect import Head

LABELS = ["negative", "neutral", "positive"]


@pytest.fixture
def encoded() -> Encoded:
    """Two texts: a word, the aspect (two words of three pieces, one word) and what is behind it."""
    pieces = torch.randn(2, 8, 4, generator=torch.Generator().manual_seed(0))
    begin, end = OPENING, OPENING - 1
    word = torch.tensor([[-1, 0, begin, 1, 1, 2, end, -1], [-1, begin, 0, end, 1, -1, -1, -1]])
    return Encoded(pieces, word, torch.ones(2, 8).long(), [3, 2])


def test_what_is_read(encoded: Encoded) -> None:
    expected: dict[MarkedPooling, torch.Tensor] = {
        "cls": encoded.pieces[:, 0],
        "markers": torch.stack((encoded.pieces[0, 2], encoded.pieces[1, 1])),
        "spans": torch.stack((encoded.pieces[0, 3:6].mean(0), encoded.pieces[1, 2])),
    }
    for pooling, read in expected.items():
        head = Head(4, LABELS, pooling=pooling).eval()
        torch.testing.assert_close(head(encoded), head.classifier(read))
        assert head.reads_words == (pooling == "spans")


def test_targets_and_loss(graph_of: Callable[..., TextGraph], encoded: Encoded) -> None:
    head = Head(4, LABELS).eval()
    targets = head.targets(to_rows([graph_of("a", label="neutral"), graph_of("b", label="mixed")]))
    assert targets.values.tolist() == [1, IGNORED]
    total, count = head.loss(head(encoded), torch.tensor([1, IGNORED]), encoded)
    assert count == 1
    assert total.item() == pytest.approx(-head(encoded)[0].log_softmax(-1)[1].item())
    assert [one["label"] for one in head.decode(torch.eye(3)[:2], encoded)] == LABELS[:2]


def test_metrics() -> None:
    random = Random(0)
    gold = random.choices(LABELS, k=60)
    said = [one if random.random() < 0.5 else random.choice(LABELS) for one in gold]
    found = aspect.metrics(gold, said, LABELS, {})
    assert found["accuracy"] == sum(a == b for a, b in zip(gold, said, strict=True)) / 60
    assert found["macro_f1"] == pytest.approx(f1_score(gold, said, average="macro"))
    assert aspect.primary(LABELS, {}).name == "accuracy"
