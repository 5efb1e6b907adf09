"""One label a text: loss, decoding, and labels nobody has seen."""

from collections.abc import Callable

import pytest
import torch
from torch.nn.functional import cross_entropy

from graphs.corpus import to_rows
from graphs.errors import DataError
from graphs.types import TextGraph
from kbert.layout import Encoded
from kbert.targets import IGNORED
from kbert.tasks import classify
from kbert.tasks.classify import Head

Graph = Callable[..., TextGraph]


@pytest.fixture
def encoded() -> Encoded:
    pieces = torch.randn(2, 4, 8, generator=torch.Generator().manual_seed(0))
    return Encoded(pieces, torch.full((2, 4), -1), torch.tensor([[1, 1, 0, 1], [1, 1, 0, 0]]), [2, 0])


def test_labels_are_those_of_the_rows_sorted(graph_of: Graph) -> None:
    batches = [to_rows([graph_of("a", label="z"), graph_of("b", label="b")]), to_rows([graph_of("c", label="z")])]
    assert classify.labels(batches) == ["b", "z"]
    assert classify.gold(batches[0]) == ["z", "b"]
    assert classify.labels([batches[0].select(["id", *classify.NEEDS])]) == ["b", "z"]


def test_a_text_without_a_label_cannot_be_learnt(graph_of: Graph) -> None:
    with pytest.raises(DataError, match=r"text 3: expected a label to learn \(column target\), found none"):
        classify.labels([to_rows([graph_of("a", id="3")])])


def test_targets(graph_of: Graph) -> None:
    rows = to_rows([graph_of("a", label="y"), graph_of("b", label="new"), graph_of("c")])
    targets = Head(8, ["x", "y"]).targets(rows)
    assert targets.per_text
    assert targets.values.tolist() == [1, IGNORED, IGNORED]


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_scores_read_the_text_alone(pooling: str, encoded: Encoded) -> None:
    head = Head(8, ["x", "y", "z"], pooling=pooling).eval()
    scores = head(encoded)
    assert scores.shape == (2, 3)
    encoded.pieces[:, 2] = 9.0  # an injected piece and padding
    assert torch.equal(head(encoded), scores)
    encoded.pieces[:, 0] += 1.0
    assert not torch.equal(head(encoded), scores)


def test_loss_is_a_sum_and_a_count(encoded: Encoded) -> None:
    head = Head(8, ["x", "y"]).eval()
    scores = head(encoded)
    total, count = head.loss(scores, torch.tensor([1, IGNORED]), encoded)
    assert count == 1
    assert torch.allclose(total, cross_entropy(scores[:1], torch.tensor([1])))
    nothing, none = head.loss(scores, torch.tensor([IGNORED, IGNORED]), encoded)
    assert (nothing.item(), none.item()) == (0, 0)


def test_predictions(encoded: Encoded) -> None:
    head = Head(8, ["x", "y"]).eval()
    one, two = head.decode(torch.tensor([[2.0, 0.0], [0.0, 3.0]]), encoded)
    assert (one["label"], two["label"]) == ("x", "y")
    assert one["score"] == pytest.approx(0.880797, abs=1e-5)
    assert two["scores"] == pytest.approx({"x": 0.047426, "y": 0.952574}, abs=1e-5)
    assert classify.said(two) == "y"


def test_metrics_count_unseen_labels_as_wrong() -> None:
    found = classify.metrics(["x", "new", None, "y"], ["x", "x", "x", "x"], ["x", "y"], {})
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert (found["texts"], found["unseen_labels"]) == (3, 1)
    assert list(found["per_label"]) == ["x", "y", "new"]
    assert found["per_label"]["x"] == pytest.approx({"precision": 1 / 3, "recall": 1, "f1": 0.5, "gold": 1})
    assert found["per_label"]["new"] == {"precision": 0, "recall": 0, "f1": 0, "gold": 1}
    assert found["macro_f1"] == pytest.approx(0.5 / 3)


def test_the_primary_metric_is_a_function_of_counts() -> None:
    gold, said = ["x", "y", "new", None], ["x", "x", "x", "y"]
    total = classify.counts(gold, said, ["x", "y"]).sum(0)
    metric = classify.primary(["x", "y"], {})
    assert metric.of(total) == classify.metrics(gold, said, ["x", "y"], {})[metric.name]
