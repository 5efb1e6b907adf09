"""Plain BERT: text alone (that it equals its encoder is tested with K-BERT)."""

from collections.abc import Callable

import numpy as np
import torch

from graphs.corpus import to_rows
from graphs.types import TextGraph
from kbert.backbone import Backbone
from kbert.models import bert, kbert
from kbert.models.bert import Model

Load = Callable[[str], Backbone]
Graph = Callable[..., TextGraph]


def test_facts_are_not_read(load: Load, graph_of: Graph) -> None:
    model = Model(load("bert"))
    plain, known = (
        model.layout(to_rows([graph_of("the film", mentions=[(1, 1, "F")], facts={"F": facts})]))
        for facts in ([], [("is", "good")])
    )
    assert plain.columns["piece_ids"].tolist() == known.columns["piece_ids"].tolist()
    assert (bert.KNOWLEDGE, kbert.KNOWLEDGE) == (None, "facts")


def test_batching_padding_and_order_change_nothing(load: Load, graph_of: Graph) -> None:
    model = Model(load("bert")).eval()
    layout = model.layout(to_rows([graph_of(text) for text in ("the", "the film was good", "tim cook is visiting")]))
    with torch.no_grad():
        alone = [model(model.collate(layout, np.array([i]))).pieces[0] for i in range(3)]
        for order in ([0, 1, 2], [2, 0, 1], [1, 0]):
            together = model(model.collate(layout, np.array(order))).pieces
            for row, i in enumerate(order):
                assert torch.allclose(together[row, : len(alone[i])], alone[i], atol=1e-5)


def test_batch(load: Load, graph_of: Graph) -> None:
    model = Model(load("roberta"))
    batch = model.collate(model.layout(to_rows([graph_of("the"), graph_of("the film was")])), np.array([0, 1]))
    assert batch.words == [1, 3]
    assert batch.mask.sum(1).tolist() == [3, int((batch.word >= 0).sum(1)[1]) + 2]
    assert (batch.piece_ids[0, 3:] == 1).all()
    assert (batch.word[0, 3:] == -1).all()


def test_longer_texts_are_cut_and_counted(load: Load, graph_of: Graph) -> None:
    rows = to_rows([graph_of("a b c d"), graph_of("a")])
    layout = Model(load("bert"), max_pieces=4).layout(rows)
    assert layout.lengths.tolist() == [4, 3]
    assert layout.words.tolist() == [4, 1]
    assert layout.cut == {"pieces": 2, "texts": 1}
    long = graph_of(" ".join("a" * 100))
    assert Model(load("bert"), max_pieces=1000).layout(to_rows([long])).lengths.tolist() == [64]  # its positions
