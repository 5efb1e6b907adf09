"""The relation of two spans: what its head reads, and how it is measured."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import torch
from sklearn.metrics import f1_score

from graphs.corpus import to_rows
from graphs.errors import OptionsError
from graphs.types import TextGraph
from kbert.layout import OPENING, Encoded
from kbert.targets import IGNORED
from kbert.tasks import relation
from kbert.tasks.relation import Head

Graph = Callable[..., TextGraph]
LABELS = ["a", "b", "none"]
PLAIN = {"no_relation": ""}
SEMEVAL = [f"{name}({way})" for name in ("Cause-Effect", "Message-Topic") for way in ("e1,e2", "e2,e1")] + ["Other"]


@pytest.fixture
def encoded() -> Encoded:
    pieces = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0))
    head, tail = OPENING, OPENING - 1
    word = torch.tensor([[-1, head, 0, -1, tail, -1], [-1, tail, 0, head, 1, head]])
    return Encoded(pieces, word, torch.ones(2, 6).long(), [1, 2])


def test_the_first_piece_is_read(encoded: Encoded) -> None:
    head = Head(4, LABELS).eval()
    scores = head(encoded)
    encoded.pieces[:, 1:] = 7.0
    assert torch.equal(head(encoded), scores)


def test_or_the_first_markers_of_head_and_tail(encoded: Encoded) -> None:
    head = Head(4, LABELS, pooling="markers").eval()
    read = torch.stack((encoded.pieces[0, [1, 4]].flatten(), encoded.pieces[1, [3, 1]].flatten()))
    assert torch.equal(head(encoded), head.classifier(read))


def test_targets_and_loss(graph_of: Graph, encoded: Encoded) -> None:
    head = Head(4, LABELS).eval()
    targets = head.targets(to_rows([graph_of("a", label="b"), graph_of("b", label="new")]))
    assert targets.values.tolist() == [1, IGNORED]
    total, count = head.loss(head(encoded), torch.tensor([1, IGNORED]), encoded)
    assert count == 1
    assert total.item() == pytest.approx(-head(encoded)[0].log_softmax(-1)[1].item())
    assert [one["label"] for one in head.decode(torch.eye(3)[:2], encoded)] == ["a", "b"]


def test_a_label_for_no_relation_must_be_one() -> None:
    with pytest.raises(OptionsError, match=r"no_relation: expected a label .* \(did you mean 'none'\?\), found 'non'"):
        Head(4, LABELS, no_relation="non")


def drawn(labels: list[str], seed: int, count: int = 60) -> tuple[list[str], list[str]]:
    random = Random(seed)
    gold = random.choices(labels, k=count)
    return gold, [one if random.random() < 0.5 else random.choice(labels) for one in gold]


def test_accuracy_where_every_label_is_a_relation() -> None:
    gold, said = drawn(LABELS, 1)
    found = relation.metrics(gold, said, LABELS, PLAIN)
    assert found["accuracy"] == sum(a == b for a, b in zip(gold, said, strict=True)) / 60
    assert found["macro_f1"] == pytest.approx(f1_score(gold, said, average="macro"))
    assert "micro_f1" not in found
    assert "semeval_f1" not in found
    assert relation.primary(LABELS, PLAIN).name == "accuracy"


@pytest.mark.parametrize("seed", range(3))
def test_micro_f1_without_the_label_of_no_relation(seed: int) -> None:
    gold, said = drawn([*LABELS, "z"], seed)
    gold[0] = "unseen"
    options = {"no_relation": "none"}
    labels = [*LABELS, "z"]
    found = relation.metrics(gold, said, labels, options)
    expected = f1_score(gold, said, average="micro", labels=["a", "b", "z", "unseen"], zero_division=0)
    assert found["micro_f1"] == pytest.approx(expected)
    assert found["unseen_labels"] == 1
    metric = relation.primary(labels, options)
    assert metric.name == "micro_f1"
    assert metric.of(relation.counts(gold, said, labels).sum(0)) == found["micro_f1"]


def official(gold: list[str], said: list[str]) -> float:
    """The official score by its definition: one relation after another, direction aside but for what is right."""
    scores = []
    for name in ("Cause-Effect", "Message-Topic"):
        right = sum(a == b and a.startswith(name) for a, b in zip(gold, said, strict=True))
        predicted, wanted = (sum(one.startswith(name) for one in some) for some in (said, gold))
        precision, recall = right / max(predicted, 1), right / max(wanted, 1)
        scores.append(2 * precision * recall / (precision + recall) if right else 0.0)
    return sum(scores) / 2


@pytest.mark.parametrize("seed", range(3))
def test_the_official_score_of_semeval(seed: int) -> None:
    gold, said = drawn(SEMEVAL, seed)
    assert relation.metrics(gold, said, SEMEVAL, PLAIN)["semeval_f1"] == pytest.approx(official(gold, said))


def test_semeval_by_hand() -> None:
    """One relation half right by direction, the other never predicted; Other right once, which counts nothing."""
    ce, ec, mt = "Cause-Effect(e1,e2)", "Cause-Effect(e2,e1)", "Message-Topic(e1,e2)"
    found: dict[str, Any] = relation.metrics([ce, ce, mt, "Other"], [ce, ec, "Other", "Other"], SEMEVAL, PLAIN)
    assert found["semeval_f1"] == pytest.approx((0.5 + 0) / 2)
    assert found["accuracy"] == 0.5
    labels = [*SEMEVAL, "born in"]
    assert "semeval_f1" not in relation.metrics([ce], [ce], labels, PLAIN)


def test_all_that_runs_can_be_compared_by_is_what_is_printed() -> None:
    gold, said = ["Cause-Effect(e1,e2)", "Other", "Cause-Effect(e2,e1)"], ["Cause-Effect(e1,e2)"] * 3
    total, printed = relation.counts(gold, said, SEMEVAL).sum(0), relation.metrics(gold, said, SEMEVAL, PLAIN)
    by = {metric.name: metric.of(total) for metric in relation.others(gold, SEMEVAL, PLAIN)}
    assert by.keys() == {"accuracy", "macro_f1", "semeval_f1"}
    assert by == {name: pytest.approx(printed[name]) for name in by}
    assert [metric.name for metric in relation.others(["a"], ["a", "b"], PLAIN)] == ["accuracy", "macro_f1"]
