import re
import sys
from dataclasses import replace
from functools import partial
from types import ModuleType

import numpy as np
import pytest
from scipy.optimize import minimize

from graphs.build import Builder
from graphs.corpus import from_rows
from graphs.errors import OptionsError
from graphs.link_counts import LinkCounts
from graphs.link_fitting import RIDGE, Examples, cross_fit, examples_of, fit
from graphs.link_gold import Gold, gold_of
from graphs.link_weights import Weights
from graphs.linkers import dictionary
from graphs.linkers.context import Linker
from graphs.parsers.words import Parser
from graphs.tables import NIL, Parse, offsets_of
from graphs.types import Document, Mention, Token, Triple


def drawn(mentions=400, seed=0, weights=(0.8, 6.0, 1.0)):
    """Mentions whose right candidates are drawn by the very model that is to be fitted."""
    rng = np.random.default_rng(seed)
    count = rng.integers(1, 5, mentions)
    offsets = offsets_of(count)
    share, cosine = rng.uniform(0.05, 1, offsets[-1]), rng.uniform(-0.2, 0.8, offsets[-1])
    right = np.full(mentions, -1)
    score = Weights(*weights).scores(offsets, share, cosine)
    for i in range(mentions):
        chance = score[offsets[i] : offsets[i + 1]]
        drawn = rng.choice(len(chance) + 1, p=[*chance, 1 - chance.sum()])
        right[i] = offsets[i] + drawn if drawn < len(chance) else -1
    places = [(i // 4, 0, i % 4, i % 4 + 1) for i in range(mentions)]
    tokens = np.stack([np.arange(mentions)] * 2, axis=1)
    return Examples(places, tokens, offsets, rng.integers(0, 99, offsets[-1]), share, cosine, right)


def loss(theta, some):
    score = Weights(*theta).scores(some.offsets, some.share, some.cosine)
    nothing = 1 - np.add.reduceat(score, some.offsets[:-1])
    chance = np.where(some.right < 0, nothing, score[some.right])
    return -np.log(chance).sum() + RIDGE / 2 * np.sum(np.square(theta))


def gold_for(some):
    rows = [some.entity[row] if row >= 0 else NIL for row in some.right]
    entity = dict(zip(some.places, map(int, rows), strict=True))
    return Gold([Document(str(i), ("text",)) for i in range(some.places[-1][0] + 1)], entity)


@pytest.mark.parametrize("seed", range(3))
def test_weights_are_those_of_another_optimiser(seed):
    some = drawn(seed=seed)
    found = fit(some, int((some.right >= 0).sum()))
    assert found[:3] == pytest.approx(minimize(loss, (1, 1, 0), args=(some,), method="BFGS").x, abs=1e-3)
    assert found[:3] == pytest.approx((0.8, 6.0, 1.0), abs=1.5)


def test_the_threshold_is_the_best_by_brute_force():
    some = drawn(120)
    gold = gold_for(some)
    found = fit(some, int((some.right >= 0).sum()))

    def f1(threshold):
        counts = LinkCounts.of(gold.entity, some.said(found._replace(threshold=threshold)))
        return counts.figures()["links_in_graph"]["f1"]

    assert f1(found.threshold) == pytest.approx(max(f1(threshold) for threshold in np.linspace(0, 1, 1001)))


def test_weights_that_would_be_below_nothing():
    some = drawn(weights=(0.5, -4.0, 0.0))
    found = fit(some, 100)
    assert found.context == 0.0
    assert found.prior > 0
    assert fit(drawn(), 100, likeness=False).context == 0.0


def test_nothing_is_fitted_where_no_link_is_known():
    some = drawn(20)
    with pytest.raises(OptionsError, match="none of 20 mentions to fit to is a known link: does the gold name"):
        fit(some._replace(right=np.full(20, -1)), 5)


def test_links_that_are_told_apart_without_an_error():
    some = drawn()
    bounds = zip(some.offsets, some.offsets[1:], strict=False)
    best = np.array([first + some.cosine[first:last].argmax() for first, last in bounds])
    found = fit(some._replace(right=np.where(some.cosine[best] > 0.3, best, -1)), 100)
    assert np.isfinite(found).all()
    assert found.context > 50


def test_each_fold_is_measured_by_weights_of_the_others():
    some = drawn()
    gold = gold_for(some)
    said = {}
    for fold in range(3):
        inside = some.document % 3 == fold
        known = int((some.right[~inside] >= 0).sum())
        said |= some.where(inside).said(fit(some.where(~inside), known))
    assert cross_fit(some, gold, 3) == LinkCounts.of(gold.entity, said)
    with pytest.raises(OptionsError, match="folds: expected at least 2 and at most 100, found 101"):
        cross_fit(some, gold, 101)


def test_some_of_the_mentions():
    some = drawn(20)
    which = np.arange(20) % 3 == 0
    part = some.where(which)
    assert part.places == [place for place, kept in zip(some.places, which, strict=True) if kept]
    weights = Weights(threshold=0.0)
    assert part.said(weights) == {place: some.said(weights)[place] for place in part.places}
    whole = [some.entity[row] if row >= 0 else NIL for row in some.right[which]]
    assert [part.entity[row] if row >= 0 else NIL for row in part.right] == whole


@pytest.fixture(scope="module")
def kg(kg_of):
    return kg_of([Triple("Q1", "r", "Q2")], ['{"name": "Q1", "label": "bank"}', '{"name": "Q2", "label": "bank"}'])


@pytest.fixture
def linker(kg, monkeypatch):
    """Make a linker that knows two banks by the words "loan" and "river"."""
    module = ModuleType("reader_of_fitting")

    class Reader:
        def sentences(self, texts):
            return np.array([["loan" in text, "river" in text] for text in texts], np.float32).reshape(-1, 2)

        def entities(self, names):
            return np.array([[name == "Q1", name == "Q2"] for name in names], np.float32)

    module.version = str
    module.open_reader = lambda vectors, encoder: Reader()
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return partial(Linker, kg, vectors="v", reader=module.__name__)


def test_what_the_linker_finds_in_gold_texts(kg, linker):
    documents = [
        Document("a", ("The bank gave a loan.",), mentions=(Mention(0, 4, 8, "Q1"),)),
        Document("b", ("A river bank.", "A bank. A bank!"), mentions=(Mention(0, 8, 12, "Q2"), Mention(1, 2, 6, "Q9"))),
    ]
    heard = []
    found = examples_of(linker(), Parser(), gold_of(documents, kg), heard.append)
    assert heard == [2]
    assert found.places == [(0, 0, 4, 8), (1, 0, 8, 12), (1, 1, 2, 6), (1, 1, 10, 14)]
    assert found.document.tolist() == [0, 1, 1, 1]
    assert found.cosine.tolist() == [1, 0, 0, 1, 0, 0, 0, 0]
    assert found.share.tolist() == [0.5] * 8
    assert found.right.tolist() == [0, 3, -1, -1]
    weights = fit(found, 2)
    assert [one.entity for one in found.said(weights).values()] == [kg.id("Q1"), kg.id("Q2"), NIL, NIL]
    assert [one.entity for one in found.said_by_prior().values()] == [kg.id("Q1")] * 4
    with pytest.raises(OptionsError, match="the linker finds nothing in the gold texts: there is nothing to fit to"):
        examples_of(linker(), Parser(), Gold([Document("c", ("none",))], {}))


class Chunks:
    """What stands between spaces is one token."""

    def __call__(self, texts):
        runs = [(number, *run.span()) for number, text in enumerate(texts) for run in re.finditer(r"\S+", text)]
        return Parse.of(Token(*run) for run in runs)


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.8, 1.0])
def test_what_is_said_is_what_graphs_are_built_with(kg, linker, threshold):
    """Mentions within tokens become these, and of two in one token one stays."""
    texts = ["A river-bank, or a bank.", "The loan-bank/bank and bank bank", "none", "bank river bank-bank-bank"]
    documents = [Document(str(i), (text, text[::2], text)) for i, text in enumerate(texts)]
    documents[0] = replace(documents[0], mentions=(Mention(0, 2, 13, "Q2"),))
    found = examples_of(linker(), Chunks(), gold_of(documents, kg))
    weights = Weights(prior=1.0, context=1.5, nil=0.2, threshold=threshold)
    rows, counts = Builder(Chunks(), {"context": linker(**weights._asdict())}, kg)(documents)
    assert counts.collisions
    built = {
        (number, mention.text, mention.start, mention.end): (
            NIL if mention.entity is None else kg.id(mention.entity),
            {kg.id(candidate.entity) for candidate in mention.candidates},
        )
        for number, graph in enumerate(from_rows(rows))
        for mention in graph.mentions
    }
    assert {place: (one.entity, set(one.candidates)) for place, one in found.said(weights).items()} == built
    rows, _ = Builder(Chunks(), {"dictionary": dictionary.Linker(kg)}, kg)(documents)
    plain = [kg.id(mention.entity) for graph in from_rows(rows) for mention in graph.mentions]
    assert [one.entity for one in found.said_by_prior().values()] == plain
