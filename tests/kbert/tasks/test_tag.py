"""One tag a word: loss, decoding, words that were cut off, and tags nobody has seen."""

from collections.abc import Callable

import pytest
import torch
from torch.nn.functional import cross_entropy

from graphs.corpus import to_rows
from graphs.errors import DataError
from graphs.types import TextGraph
from kbert.layout import Encoded
from kbert.targets import IGNORED
from kbert.tasks import tag
from kbert.tasks.tag import Head

Graph = Callable[..., TextGraph]
LABELS = ["B-X", "I-X", "O"]


@pytest.fixture
def encoded() -> Encoded:
    """Two texts of three words and one; the third word of the first was cut off, a branch injected."""
    pieces = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))
    word = torch.tensor([[-1, 0, 1, 1, -1], [-1, 0, -1, -1, -1]])
    trunk = torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0]])
    return Encoded(pieces, word, trunk, [3, 1])


def test_labels_are_those_of_the_rows_sorted(graph_of: Graph) -> None:
    rows = to_rows([graph_of("a b", tags=("O", "B-X")), graph_of("c", tags=("B-A",))])
    assert tag.labels([rows, rows]) == ["B-A", "B-X", "O"]
    assert tag.gold(rows) == [["O", "B-X"], ["B-A"]]
    assert tag.labels([rows.select(["id", *tag.NEEDS])]) == ["B-A", "B-X", "O"]


def test_a_text_without_tags_cannot_be_learnt(graph_of: Graph) -> None:
    with pytest.raises(DataError, match=r"text 3: expected tags to learn \(one a token\), found none"):
        tag.labels([to_rows([graph_of("a", id="3")])])


def test_tags_are_as_many_as_words(graph_of: Graph) -> None:
    with pytest.raises(DataError, match="text 3: expected 2 tags, one a token, found 1"):
        tag.gold(to_rows([graph_of("a b", id="3", tags=("O",))]))


def test_targets(graph_of: Graph) -> None:
    rows = to_rows([graph_of("a b", tags=("O", "B-NEW")), graph_of("c"), graph_of("d", tags=("I-X",))])
    targets = Head(8, LABELS).targets(rows)
    assert not targets.per_text
    assert targets.offsets.tolist() == [0, 2, 2, 3]
    assert targets.values.tolist() == [2, IGNORED, 1]


@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_scores_read_words_alone(pooling: str, encoded: Encoded) -> None:
    head = Head(8, LABELS, pooling=pooling).eval()
    scores = head(encoded)
    assert scores.shape == (2, 3, 3)
    encoded.pieces[:, [0, 4]] = 9.0  # special, injected, padding
    assert torch.equal(head(encoded), scores)
    encoded.pieces[0, 3] += 1.0  # the second piece of a word
    assert torch.equal(head(encoded), scores) is (pooling == "first")


def test_loss_is_a_sum_and_a_count(encoded: Encoded) -> None:
    head = Head(8, LABELS).eval()
    scores = head(encoded)
    target = torch.tensor([[2, 0, IGNORED], [1, IGNORED, IGNORED]])
    total, count = head.loss(scores, target, encoded)
    expected = sum(cross_entropy(scores[i, j][None], target[i, j][None]) for i, j in [(0, 0), (0, 1), (1, 0)])
    assert count == 3
    assert torch.allclose(total, expected)


def test_words_that_were_cut_off_teach_nothing(encoded: Encoded) -> None:
    head = Head(8, LABELS).eval()
    scores = head(encoded)
    known, cut_off = torch.tensor([[2, 0, IGNORED], [1, IGNORED, IGNORED]]), torch.tensor([[2, 0, 1], [1, 2, 2]])
    for ours, expected in zip(head.loss(scores, cut_off, encoded), head.loss(scores, known, encoded), strict=True):
        assert torch.equal(ours, expected)


def test_words_that_were_cut_off_are_outside(encoded: Encoded) -> None:
    scores = torch.tensor([[[9.0, 0, 0]] * 3, [[0, 9.0, 0]] * 3])
    predictions = Head(8, LABELS).decode(scores, encoded)
    assert predictions == [{"tags": ["B-X", "B-X", "O"]}, {"tags": ["I-X"]}]
    assert tag.said(predictions[0]) == ["B-X", "B-X", "O"]


def test_what_was_cut_off_counts_as_missed() -> None:
    found = tag.metrics([["B-X", "O", "B-X"]], [["B-X", "O", "O"]], LABELS, {})
    assert (found["precision"], found["recall"]) == (1, 0.5)
    assert found["f1"] == pytest.approx(2 / 3)


def test_metrics_count_unseen_tags_as_missed() -> None:
    found = tag.metrics([["B-NEW", "B-X", "I-X"], None, ["I-X"]], [["B-X", "B-X", "I-X"], ["O"], ["O"]], LABELS, {})
    assert (found["precision"], found["recall"], found["f1"]) == (0.5, 0.5, 0.5)
    assert (found["unseen_labels"], found["stray_tags"], found["texts"]) == (1, 1, 2)
    assert found["tag_accuracy"] == pytest.approx(0.5)
    assert found["per_type"]["NEW"] == {"precision": 0, "recall": 0, "f1": 0, "gold": 1}
    assert found["per_type"]["X"] == pytest.approx({"precision": 0.5, "recall": 1, "f1": 2 / 3, "gold": 1})


def test_one_scheme_for_all_texts() -> None:
    """In IOBES an entity without its end is none, also in a text where nothing ends."""
    labels = ["B-X", "E-X", "I-X", "O", "S-X"]
    gold, said = [["B-X", "E-X"], ["O", "O"]], [["B-X", "E-X"], ["B-X", "I-X"]]
    assert tag.counts(gold, said, labels).tolist() == [[1, 1, 1, 2, 2], [0, 0, 0, 0, 2]]
    assert tag.metrics(gold, said, labels, {})["f1"] == 1


def test_the_primary_metric_is_a_function_of_counts() -> None:
    gold, said = [["B-X", "I-X"], None, ["O"]], [["B-X", "I-X"], ["B-X"], ["B-X"]]
    total = tag.counts(gold, said, LABELS).sum(0)
    assert total.tolist() == [1, 2, 1, 2, 3]
    metric = tag.primary(LABELS, {})
    assert metric.name == "f1"
    assert metric.of(total) == tag.metrics(gold, said, LABELS, {})["f1"]


def test_tags_without_entities_are_judged_by_their_accuracy() -> None:
    """Parts of speech: no tag begins an entity, and F1 would be 0 for every epoch."""
    labels = ["M", "NOUN", "S", "VERB", "X"]
    gold, said = [["NOUN", "VERB"], ["VERB", "X"], None], [["NOUN", "NOUN"], ["VERB", "X"], ["X"]]
    metric = tag.primary(labels, {})
    assert metric.name == "tag_accuracy"
    assert metric.of(tag.counts(gold, said, labels).sum(0)) == 3 / 4
    assert tag.metrics(gold, said, labels, {})["tag_accuracy"] == 3 / 4
