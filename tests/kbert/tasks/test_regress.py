"""Numbers of texts and of words: what is learnt, and how it is measured beside scikit-learn and scipy."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from graphs.corpus import to_rows
from graphs.errors import DataError, OptionsError
from kbert.layout import Encoded
from kbert.tasks import regress
from kbert.tasks.regress import TEXT, WORD, Head

OF_TEXTS = [TEXT, "mean 3.0", "deviation 2.0"]
OF_WORDS = [WORD, "mean 3.0", "deviation 2.0"]


@pytest.fixture
def encoded():
    pieces = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0))
    word = torch.tensor([[-1, 0, 0, 1, -1], [-1, 0, -1, -1, -1]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    return Encoded(pieces, word, mask, [2, 3])  # two words of the second text were cut off


def test_what_training_tells_the_head(graph_of):
    rows = to_rows([graph_of("a", value=1.0), graph_of("b", value=5.0)])
    assert regress.labels([rows]) == OF_TEXTS
    words = to_rows([graph_of("a b", values=(1.0, 5.0)), graph_of("c", values=(3.0,))])
    assert regress.labels([words]) == [WORD, "mean 3.0", f"deviation {np.std([1, 5, 3])!s}"]


@pytest.mark.parametrize(
    ("graphs", "message"),
    [
        ([{"value": 1.0}, {}], r"text 1: expected a number to learn \(column value, or values\), found none"),
        (
            [{"value": 1.0}, {"values": (1.0, 2.0)}],
            "text 1: expected a number a text, as before it, found a number a w",
        ),
        ([{"values": (1.0,)}], "text 0: expected 2 numbers, one a token, found 1"),
        ([{"value": 1e16}], r"text 0: expected finite numbers between -1e\+15 and 1e\+15, found 1e\+16"),
        (
            [{"value": 1.0, "values": (1.0, 2.0)}],
            r"text 0: expected a number \(value\) or those of its words",
        ),
        ([{"value": float("nan")}], r"text 0: expected finite numbers between -1e\+15 and 1e\+15, found nan"),
        ([{"values": (1.0, float("inf"))}], r"text 0: expected finite numbers between -1e\+15 and 1e\+15, found inf"),
    ],
)
def test_what_cannot_be_learnt(graph_of, graphs, message):
    rows = to_rows([graph_of("a b", id=str(i), **target) for i, target in enumerate(graphs)])
    with pytest.raises(DataError, match=message):
        regress.labels([rows])


def test_nothing_to_learn(graph_of):
    with pytest.raises(DataError, match="expected numbers to learn, found none"):
        regress.labels([to_rows([replace(graph_of("a", values=()), tokens=())])])


def test_a_number_a_text(graph_of, encoded):
    head = Head(4, OF_TEXTS).eval()
    assert not head.reads_words
    scores = head(encoded)
    torch.testing.assert_close(scores, 3 + 2 * head.score(encoded.pieces[:, 0])[:, 0])
    targets = head.targets(to_rows([graph_of("a", value=4.0), graph_of("b")]))
    target = targets.collate(np.array([0, 1]))
    assert (target[0], target[1].isnan()) == (4, True)
    total, count = head.loss(scores, target, encoded)
    assert count == 1
    assert total.item() == pytest.approx(((scores[0].item() - 4) / 2) ** 2)
    assert head.decode(scores, encoded) == [{"value": value} for value in scores.tolist()]


def test_the_mean_over_a_text(encoded):
    head = Head(4, OF_TEXTS, pooling="mean").eval()
    assert head.reads_words
    read = torch.stack((encoded.pieces[0].mean(0), encoded.pieces[1, :3].mean(0)))
    torch.testing.assert_close(head(encoded), 3 + 2 * head.score(read)[:, 0])


def test_a_number_a_word(graph_of, encoded):
    head = Head(4, OF_WORDS).eval()
    assert head.reads_words
    scores = head(encoded)
    own = torch.stack((encoded.pieces[0, 1:3].mean(0), encoded.pieces[0, 3]))
    torch.testing.assert_close(scores[0, :2], 3 + 2 * head.score(own)[:, 0])
    rows = to_rows([graph_of("a b", values=(1.0, 2.0)), graph_of("a b c", values=(7.0, 8.0, 9.0))])
    target = head.targets(rows).collate(np.array([0, 1]))
    total, count = head.loss(scores, target, encoded)
    errors = [scores[0, 0] - 1, scores[0, 1] - 2, scores[1, 0] - 7]  # what was cut off teaches nothing
    assert count == 3
    assert total.item() == pytest.approx(sum((error / 2).pow(2).item() for error in errors))
    first, second = head.decode(scores, encoded)
    assert first["values"] == pytest.approx(scores[0, :2].tolist())
    assert second["values"] == pytest.approx([scores[1, 0].item(), 3, 3])


@pytest.mark.parametrize(("labels", "target"), [(OF_TEXTS, {"values": (1.0,)}), (OF_WORDS, {"value": 1.0})])
def test_numbers_of_the_other_kind_are_refused(graph_of, labels, target):
    with pytest.raises(DataError, match=r"text 1: expected a number a (text|word), as in training, found a number a"):
        Head(4, labels).targets(to_rows([graph_of("a", **target)]))


def test_words_have_one_pooling():
    with pytest.raises(OptionsError, match="pooling 'mean' has no effect: a word is the mean over its pieces"):
        Head(4, OF_WORDS, pooling="mean")


def test_numbers_that_are_all_the_same(encoded):
    head = Head(4, [TEXT, "mean 7.0", "deviation 0.0"]).eval()
    assert head(encoded).isfinite().all()


@pytest.mark.parametrize("per_word", [False, True])
def test_metrics_beside_other_libraries(per_word):
    generator = np.random.default_rng(0)
    lengths = generator.integers(1, 5, size=30)
    wanted = [generator.normal(3, 2, size=n).tolist() if per_word else float(generator.normal()) for n in lengths]
    said = [(np.array(one) + generator.normal(size=np.shape(one))).tolist() for one in wanted]
    y, p = (np.concatenate([np.atleast_1d(one) for one in some]) for some in (wanted, said))
    labels = OF_WORDS if per_word else OF_TEXTS
    found = regress.metrics([*wanted, None], [*said, said[0]], labels, {})
    assert found == {
        "r2": pytest.approx(r2_score(y, p)),
        "pearson": pytest.approx(pearsonr(y, p).statistic),
        "rmse": pytest.approx(root_mean_squared_error(y, p)),
        "mae": pytest.approx(mean_absolute_error(y, p)),
        "numbers": len(y),
        "texts": 30,
    }
    metric = regress.primary(labels, {})
    assert metric.of(regress.counts(wanted, said, labels).sum(0)) == found["r2"] == found[metric.name]


def test_gold_of_the_other_kind_counts_nothing():
    assert regress.metrics([1.0, [2.0]], [[1.0], 2.0], OF_WORDS, {})["numbers"] == 0


@pytest.mark.parametrize("per_word", [False, True])
def test_it_can_be_learnt(graph_of, text_model, per_word):
    """The number of a word is told by the word: far from 0, and learnt in some steps."""
    worth = {"good": 104.0, "bad": 96.0}
    words = ["good", "bad", "bad", "good", "good", "bad"]
    targets = [{"values": (worth[word], 100.0)} if per_word else {"value": worth[word]} for word in words]
    rows = to_rows([graph_of(f"{word} film", id=str(i), **targets[i]) for i, word in enumerate(words)])
    made = text_model(model="bert", task="regress", labels=regress.labels([rows]))
    examples = made.examples([rows])
    optimizer = torch.optim.AdamW(made.parameters(), lr=3e-3)
    batch = made.model.collate(examples.layout, np.arange(len(words)))
    for _ in range(60):
        scores, encoded = made(batch)
        total, count = made.head.loss(scores, examples.targets.collate(np.arange(len(words))), encoded)
        (total / count).backward()
        optimizer.step()
        optimizer.zero_grad()
    said = [regress.said(answer) for answer in made.predict(examples.layout)]
    assert regress.metrics(examples.gold, said, made.labels, {})["r2"] > 0.9
