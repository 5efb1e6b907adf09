"""Types of a mention: targets, loss, what is predicted, and the metrics of Ling & Weld."""

from collections.abc import Callable, Sequence
from random import Random

import pytest
import torch
from sklearn.metrics import precision_recall_fscore_support
from sklearn.preprocessing import MultiLabelBinarizer
from torch.nn import BCEWithLogitsLoss

from graphs.corpus import to_rows
from graphs.errors import DataError, OptionsError
from graphs.types import TextGraph
from kbert.layout import OPENING, Encoded
from kbert.targets import IGNORED
from kbert.tasks import typing
from kbert.tasks.typing import UNKNOWN, Head

Graph = Callable[..., TextGraph]
LABELS = ["event", "person", "place"]


@pytest.fixture
def encoded() -> Encoded:
    pieces = torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(0))
    word = torch.tensor([[-1, OPENING, 0, -1, -1], [-1, 0, OPENING, 1, -1], [-1, OPENING, 0, -1, OPENING]])
    return Encoded(pieces, word, torch.ones(3, 5).long(), [1, 2, 1])


def test_labels_are_those_of_the_rows_sorted(graph_of: Graph) -> None:
    rows = to_rows([graph_of("a", labels=("z", "b")), graph_of("b", labels=()), graph_of("c", labels=("z",))])
    assert typing.labels([rows]) == ["b", "z"]
    assert typing.gold(rows) == [["z", "b"], [], ["z"]]
    assert typing.labels([rows.select(["id", *typing.NEEDS])]) == ["b", "z"]


def test_a_text_whose_types_nobody_knows_cannot_be_learnt(graph_of: Graph) -> None:
    with pytest.raises(DataError, match=r"text 3: expected types to learn \(column labels, .*\), found none"):
        typing.labels([to_rows([graph_of("a", id="3", label="x")])])


def test_targets(graph_of: Graph) -> None:
    graphs = [graph_of("a", labels=("place", "new", "event")), graph_of("b", labels=()), graph_of("c")]
    targets = Head(4, LABELS).targets(to_rows(graphs))
    assert targets.collate(torch.arange(3).numpy()).tolist() == [
        [2, IGNORED, 0],
        [IGNORED] * 3,
        [UNKNOWN, IGNORED, IGNORED],
    ]


def test_the_loss_is_that_of_every_type(encoded: Encoded) -> None:
    head = Head(4, LABELS).eval()
    scores = head(encoded)
    target = torch.tensor([[2, IGNORED, 0], [IGNORED] * 3, [UNKNOWN, IGNORED, IGNORED]])
    total, count = head.loss(scores, target, encoded)
    wanted = torch.tensor([[1.0, 0, 1], [0, 0, 0]])
    assert count == 6
    assert (total / count).item() == pytest.approx(BCEWithLogitsLoss()(scores[:2], wanted).item())
    nothing, none = head.loss(scores[2:], target[2:], encoded)
    assert (nothing.item(), none.item()) == (0, 0)


def test_the_first_piece_is_read_or_the_first_marker(encoded: Encoded) -> None:
    head, marked = Head(4, LABELS).eval(), Head(4, LABELS, pooling="markers").eval()
    assert torch.equal(head(encoded), head.classifier(encoded.pieces[:, 0]))
    assert torch.equal(marked(encoded), marked.classifier(encoded.pieces[[0, 1, 2], [1, 2, 1]]))


def test_types_from_the_threshold_on_are_predicted(encoded: Encoded) -> None:
    scores = torch.tensor([[2.0, 0.0, -9.0], [-1.0, -2.0, -3.0]])
    one, two = Head(4, LABELS).decode(scores, encoded)
    assert one["labels"] == ["event", "person"]  # a probability of one half is enough
    assert one["scores"] == pytest.approx({"event": 0.880797, "person": 0.5}, abs=1e-5)
    assert two["labels"] == []
    assert two["scores"] == pytest.approx({"event": 0.268941, "person": 0.119203, "place": 0.047426}, abs=1e-5)
    assert [p["labels"] for p in Head(4, LABELS, at_least_one=True).decode(scores, encoded)] == [
        ["event", "person"],
        ["event"],
    ]
    assert Head(4, LABELS, threshold=0.8).decode(scores, encoded)[0]["labels"] == ["event"]
    assert typing.said(one) == ["event", "person"]
    with pytest.raises(OptionsError, match=r"threshold: expected at least 0 and at most 1, found 1\.5"):
        Head(4, LABELS, threshold=1.5)


def test_the_metrics_of_ling_and_weld_by_hand() -> None:
    """Four texts: right; half found; without any type and nothing said; without any type and one said."""
    gold = [["person"], ["place", "event"], [], [], None]
    said = [["person"], ["event"], [], ["event"], ["event"]]
    found = typing.metrics(gold, said, LABELS, {})
    assert (found["texts"], found["unseen_labels"]) == (4, 0)
    assert found["accuracy"] == 2 / 4
    assert (found["micro_precision"], found["micro_recall"]) == pytest.approx((2 / 3, 2 / 3))
    assert found["micro_f1"] == pytest.approx(2 / 3)
    assert (found["macro_precision"], found["macro_recall"]) == pytest.approx((2 / 4, 1.5 / 4))
    assert found["macro_f1"] == pytest.approx(2 * 0.5 * 0.375 / 0.875)
    assert found["per_label"]["event"] == pytest.approx({"precision": 1 / 2, "recall": 1, "f1": 2 / 3, "gold": 1})


def drawn(seed: int) -> tuple[list[list[str]], list[list[str]]]:
    random = Random(seed)
    names = [*LABELS, "thing"]

    def rows() -> list[list[str]]:
        return [[name for name in names if random.random() < 0.4] for _ in range(40)]

    return rows(), rows()


def averaged(gold: Sequence[Sequence[str]], said: Sequence[Sequence[str]], average: str) -> tuple[float, float]:
    """Precision and recall by scikit-learn."""
    binary = MultiLabelBinarizer(classes=[*LABELS, "thing"])
    precision, recall, *_ = precision_recall_fscore_support(
        binary.fit_transform(gold), binary.transform(said), average=average, zero_division=0
    )
    return precision, recall


@pytest.mark.parametrize("seed", range(3))
def test_scikit_learn_agrees(seed: int) -> None:
    gold, said = drawn(seed)
    found = typing.metrics(gold, said, [*LABELS, "thing"], {})
    for ours, theirs in (("micro", "micro"), ("macro", "samples")):
        expected = averaged(gold, said, theirs)
        assert (found[f"{ours}_precision"], found[f"{ours}_recall"]) == pytest.approx(expected)
    assert found["accuracy"] == sum(a == b for a, b in zip(gold, said, strict=True)) / 40


def test_unseen_types_are_missed_and_counted() -> None:
    found = typing.metrics([["person", "new"]], [["person"]], LABELS, {})
    assert (found["micro_recall"], found["accuracy"], found["unseen_labels"]) == (0.5, 0, 1)
    assert found["per_label"]["new"] == {"precision": 0, "recall": 0, "f1": 0, "gold": 1}


def test_the_primary_metric_is_a_function_of_counts() -> None:
    gold, said = drawn(7)
    total = typing.counts([*gold, None], [*said, ["person"]], LABELS).sum(0)
    metric = typing.primary(LABELS, {})
    assert metric.of(total) == typing.metrics(gold, said, LABELS, {})[metric.name]
    assert metric.of(0 * total) == 0
    assert typing.metrics([None], [[]], LABELS, {})["macro_f1"] == 0
