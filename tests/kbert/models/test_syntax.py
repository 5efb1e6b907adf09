"""A graph network over the dependency tree, on top of an encoder."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from graphs.corpus import to_rows
from graphs.errors import OptionsError
from graphs.types import Arc
from kbert.layers.messages import Edges
from kbert.layers.pooling import pool_words
from kbert.models import bert
from kbert.models.syntax import KNOWLEDGE, Model, learnt

LABELS = "det nsubj cop"


@pytest.fixture
def tree(graph_of):
    def make(text="the film was good", heads=(1, 3, 3, -1), labels=("det", "nsubj", "cop", "root"), id="1"):
        arcs = [Arc(head, word, label) for word, (head, label) in enumerate(zip(heads, labels, strict=True))]
        return replace(graph_of(*([text] if isinstance(text, str) else text), id=id), arcs=tuple(arcs))

    return make


@pytest.fixture
def model_of(load):
    def make(**options):
        torch.manual_seed(0)
        known = {"arc_labels": LABELS} if options.get("labels", True) and options.get("layer") != "gcn" else {}
        heads = {"attention_heads": 2} if options.get("layer") in ("gatv2", "transformer") else {}
        made = Model(load("bert"), **{**known, **heads, **options}).eval()
        for parameter in made.messages.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
        return made

    return make


def encoded(model, *graphs, which=None):
    layout = model.layout(to_rows(graphs))
    with torch.no_grad():
        return model(model.collate(layout, np.arange(len(graphs)) if which is None else np.array(which)))


OPTIONS = [{}, {"relation_weights": "label"}, {"highway": True}, {"labels": False}, {"layer": "gatv2"}]


@pytest.mark.parametrize("options", OPTIONS)
def test_without_edges_it_is_its_encoder_to_the_bit(model_of, graph_of, options):
    model, some = model_of(**options), graph_of("the film was good")
    plain = bert.Model(model.backbone).eval()
    assert torch.equal(encoded(model, some).pieces, encoded(plain, some).pieces)


@pytest.mark.parametrize("options", OPTIONS)
def test_every_weight_has_a_slope_where_no_text_has_an_arc(model_of, graph_of, options):
    """What an optimizer has no state for could not be resumed."""
    model = model_of(**options)
    layout = model.layout(to_rows([graph_of("the film")]))
    model(model.collate(layout, np.array([0]))).pieces.sum().backward()
    assert [name for name, weight in model.messages.named_parameters() if weight.grad is None] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": False, "arc_labels": "det"}, "arc_labels 'det' has no effect: labels are not told apart"),
        ({"layer": "gcn", "arc_labels": "det"}, "arc_labels 'det' has no effect: labels are not told apart"),
        (
            {"layer": "gatv2", "relation_weights": "label"},
            "relation_weights 'label' has no effect: it is for",
        ),
        ({"labels": False, "relation_weights": "label"}, "relation_weights 'label' has no effect: it is for"),
        ({"attention_heads": 4}, "attention_heads 4 has no effect: ggnn has none"),
        ({"forward": False, "reverse": False}, "expected messages one way at least, found none"),
    ],
)
def test_options_without_effect(load, options, message):
    with pytest.raises(OptionsError, match=message):
        Model(load("bert"), **options)


@pytest.mark.parametrize("options", OPTIONS)
def test_a_text_without_edges_stays_as_it_is_beside_others(model_of, tree, graph_of, options):
    model = model_of(**options)
    plain = bert.Model(model.backbone).eval()
    graphs = [tree(), graph_of("paris is bad now")]
    assert torch.equal(encoded(model, *graphs).pieces[1], encoded(plain, *graphs).pieces[1])


@pytest.mark.parametrize("options", OPTIONS)
def test_the_mean_over_the_pieces_of_a_word_is_what_messages_make_of_it(model_of, tree, options):
    """Against the layer by itself on the means of the encoder's pieces; words of several pieces among them."""
    model = model_of(**options)
    graph = tree("the unaffable film was", heads=(2, 2, 3, -1), labels=("det", "amod", "nsubj", "root"))
    plain = encoded(bert.Model(model.backbone).eval(), graph)
    assert max(torch.bincount(plain.word[0][plain.word[0] >= 0])) > 1
    words = pool_words(plain.pieces, plain.word, 4, "mean")[0]
    kinds = [0, 0, 0] if options.get("labels") is False else [1, 0, 2]  # amod is unknown
    edges = Edges(torch.tensor([2, 2, 3]), torch.tensor([0, 1, 2]), torch.tensor(kinds))
    with torch.no_grad():
        expected = words + model.messages(words, edges)
    found = encoded(model, graph)
    torch.testing.assert_close(pool_words(found.pieces, found.word, 4, "mean")[0], expected)
    assert torch.equal(found.pieces[:, [0, -1]], plain.pieces[:, [0, -1]])  # special pieces


@pytest.mark.parametrize("options", OPTIONS)
def test_batching_padding_and_order_change_nothing(model_of, tree, options):
    model = model_of(**options)
    graphs = [tree(), tree("film", heads=[-1], labels=["root"]), tree("a film", heads=[1, -1], labels=["det", "root"])]
    alone = [encoded(model, graph).pieces[0] for graph in graphs]
    for order in ([0, 1, 2], [2, 0, 1], [1, 0]):
        together = encoded(model, *graphs, which=order).pieces
        for row, i in enumerate(order):
            torch.testing.assert_close(together[row, : len(alone[i])], alone[i], atol=1e-5, rtol=1e-4)


def test_two_texts_have_a_tree_each(model_of, tree, load):
    """The arcs of a second text count through the words of both."""
    model = model_of()
    pair = tree(("a film", "paris is"), heads=(1, -1, 3, -1), labels=("det", "root", "nsubj", "root"))
    batch = model.collate(model.layout(to_rows([pair])), np.array([0]))
    assert sorted(zip(batch.edges.source.tolist(), batch.edges.target.tolist(), strict=True)) == [(1, 0), (3, 2)]
    assert batch.words == [4]


def test_edges_count_through_the_words_of_a_batch(model_of, tree):
    model = model_of()
    graphs = [tree("a film", heads=[1, -1], labels=["det", "root"]), tree()]
    batch = model.collate(model.layout(to_rows(graphs)), np.array([1, 0]))
    found = zip(batch.edges.source.tolist(), batch.edges.target.tolist(), batch.edges.kind.tolist(), strict=True)
    assert sorted(found) == [(1, 0, 1), (3, 1, 2), (3, 2, 3), (5, 4, 1)]
    assert batch.first_node.tolist() == [0, 4]


def test_both_ways_and_labels_matter(model_of, tree):
    graph = tree()
    ways = {"forward": False}, {"reverse": False}, {"labels": False}, {"control": "shuffled"}, {}
    found = [encoded(model_of(**way), graph).pieces for way in ways]
    assert all(not torch.allclose(one, other) for i, one in enumerate(found) for other in found[:i])


def test_labels_are_those_of_the_training_texts(tree):
    rows = to_rows([tree()])
    assert learnt({"steps": 3}, [rows]) == {"steps": 3, "arc_labels": "cop det nsubj"}
    assert learnt({"arc_labels": "det x"}, [rows]) == {"arc_labels": "det x"}
    with pytest.raises(OptionsError, match="arc_labels 'x y': the training texts have none of these, but cop, det, n"):
        learnt({"arc_labels": "x y"}, [rows])
    assert learnt({"labels": False}, [rows]) == {"labels": False}


def test_what_is_counted(model_of, tree):
    layout = model_of(max_pieces=5).layout(to_rows([tree(), tree("film", heads=[-1], labels=["root"])]))
    counted = {name: layout.cut[name] for name in ("arcs", "cut_arcs", "unknown_labels", "texts_linked")}
    assert counted == {"arcs": 1, "cut_arcs": 2, "unknown_labels": 0, "texts_linked": 1}
    assert (layout.linked_share, KNOWLEDGE) == (0.5, "arcs")


@pytest.mark.parametrize(("task", "pooling"), [("classify", "cls"), ("relation", "markers"), ("typing", "cls")])
def test_a_head_that_reads_no_words_is_refused(text_model, task, pooling):
    with pytest.raises(
        OptionsError, match=f"syntax changes the vectors of words, and {task} with pooling {pooling} reads none"
    ):
        text_model(model="syntax", task=task, task_options={"pooling": pooling})


@pytest.mark.parametrize(("task", "pooling"), [("classify", "mean"), ("relation", "spans"), ("typing", "spans")])
def test_heads_that_read_words(text_model, reviews, task, pooling):
    made = text_model(model="syntax", task=task, task_options={"pooling": pooling})
    graphs = [
        replace(graph, arcs=tuple(Arc(word - 1, word, "dep") for word in range(1, len(graph.tokens))))
        for graph in reviews(4)
    ]
    examples = made.examples([to_rows(graphs)])
    made.eval()
    bare = made.examples([to_rows([replace(graph, arcs=()) for graph in graphs])])
    scores = [[answer["scores"] for answer in made.predict(some.layout)] for some in (examples, bare)]
    assert scores[0] != scores[1]
