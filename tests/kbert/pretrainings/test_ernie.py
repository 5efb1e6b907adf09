"""ERNIE's pre-training: both things are asked, learnt and kept; zero vectors tell nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from graphs.corpus import to_rows
from graphs.errors import DataError
from graphs.types import TextGraph
from kbert import backbone
from kbert.backbone import load_with_words
from kbert.models.ernie import Batch, Model
from kbert.next_sentences import Paired
from kbert.pretrain_objective import PretrainObjective
from kbert.pretrainings.ernie import KINDS, Pretraining
from kbert.train import Settings, train

NAMES = ["Film", "Paris", "Tim Cook", "Lyon"]


@pytest.fixture(scope="module")
def vectors(vectors_of: Callable[..., Path]) -> str:
    return str(vectors_of(*NAMES))


@pytest.fixture
def made(encoder: Callable[[str], str], vectors: str) -> Callable[..., Pretraining]:
    def make(folder: str | None = None, **options: object) -> Pretraining:
        torch.manual_seed(0)
        encoder_, words, _ = load_with_words(folder or encoder("bert"))
        return Pretraining(Model(encoder_, vectors=vectors), words, **options)

    return make


@pytest.fixture
def graphs(graph_of: Callable[..., TextGraph]) -> list[TextGraph]:
    """Each word names its entity."""
    places = [("paris", "Paris"), ("lyon", "Lyon")]
    return [
        graph_of(f"the film was good in {word}", mentions=[(1, 1, "Film"), (5, 5, name)], id=str(i))
        for i, (word, name) in enumerate(places * 8)
    ]


def batch_of(made: Pretraining, graphs: list[TextGraph]) -> Batch:
    batch: Batch = paired(made, graphs).batch
    return batch


def paired(made: Pretraining, graphs: list[TextGraph]) -> Paired:
    return made.collate(made.layout(to_rows(graphs)), np.arange(len(graphs)))


def test_both_are_asked(made: Callable[..., Pretraining], graphs: list[TextGraph]) -> None:
    model = made().eval()
    guessed = model(paired(model, graphs))
    assert list(guessed) == ["words", "entities"]
    assert len(guessed["entities"].target) == 2 * len(graphs)
    assert guessed["entities"].kind is not None
    sum(one.scores.sum() for one in guessed.values()).backward()
    assert [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None] == []


def test_near_scores_are_told_apart_in_bf16(made: Callable[..., Pretraining], graphs: list[TextGraph]) -> None:
    """The encoder reads in bf16; every head scores in float32."""
    model = made(next_sentence=True).eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        guessed = model(paired(model, graphs))
    assert {name: one.scores.dtype for name, one in guessed.items()} == dict.fromkeys(
        ("words", "entities", "sentences"), torch.float32
    )


def test_nothing_corrupted_is_what_the_model_reads(made: Callable[..., Pretraining], graphs: list[TextGraph]) -> None:
    model = made(replaced=0.0, removed=0.0).eval()
    batch = batch_of(model, graphs)
    corrupted, asked = model.entities.corrupt(batch)
    torch.testing.assert_close(model.model(corrupted).pieces, model.model(batch).pieces, rtol=0, atol=0)
    assert (asked.kind == 0).all()


def test_entities_are_learnt(made: Callable[..., Pretraining], graphs: list[TextGraph], tmp_path: Path) -> None:
    """Also of words whose alignment was removed: the word says which it is."""
    model = made(replaced=0.2, removed=0.3)
    layout = model.layout(to_rows(graphs))
    objective = PretrainObjective(model, layout, layout, kinds=KINDS)
    settings = Settings(epochs=40, batch_size=4, learning_rate=3e-3, precision="fp32", checkpoint_steps=0)
    progress = train(objective, settings, tmp_path, lambda record: None)
    assert progress.metrics is not None
    assert progress.metrics["entities_accuracy"] > 0.8
    assert progress.metrics["entities_removed_accuracy"] > progress.metrics["entities_removed_most_frequent"]


def test_it_is_kept_whole(made: Callable[..., Pretraining], graphs: list[TextGraph], tmp_path: Path) -> None:
    """Another training begins with all of it, and any model of texts with its part."""
    model = made().eval()
    for parameter in [*model.model.entities.parameters(), *model.entities.parameters()]:
        torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(tmp_path)
    again = made(str(tmp_path)).eval()
    assert again.state_dict().keys() == model.state_dict().keys()
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in model.state_dict().items())
    batch = batch_of(model, graphs)
    fine = Model(backbone.load(str(tmp_path)), vectors=str(model.model.vectors.folder)).eval()
    assert torch.equal(fine(batch).pieces, model.model(batch).pieces)


def test_texts_without_links(made: Callable[..., Pretraining], graph_of: Callable[..., TextGraph]) -> None:
    model = made()
    with pytest.raises(
        DataError, match="train: expected mentions that are linked to entities with a vector, found none"
    ):
        model.check(model.layout(to_rows([graph_of("the film was good")])), "train")


def test_the_epoch_is_not_chosen_by_what_is_copied(made: Callable[..., Pretraining], graphs: list[TextGraph]) -> None:
    model = made(replaced=0.2, removed=0.3)
    layout = model.layout(to_rows(graphs))
    found, value = PretrainObjective(model, layout, layout, kinds=KINDS).measure(torch.float32) or ({}, 0.0)
    lost = sum(found[f"entities_{kind}"] * found[f"entities_{kind}_loss"] for kind in ("replaced", "removed"))
    changed = lost / (found["entities_replaced"] + found["entities_removed"])
    assert value == pytest.approx(-found["words_loss"] - changed)
    assert found["entities_kept"] > 0
    assert found["entities_candidates"] >= 4  # three entities of the texts, and none


def test_texts_with_too_few_entities_are_not_learnt_from(
    made: Callable[..., Pretraining], graphs: list[TextGraph], graph_of: Callable[..., TextGraph]
) -> None:
    """Counted by hand: 2 in every other text, 1 and 0 in those between."""
    some = [
        graphs[0],
        graph_of("paris was good", mentions=[(0, 0, "Paris")], id="a"),
        graphs[1],
        graph_of("bad", id="b"),
    ]
    for least, expected in ((0, [0, 1, 2, 3]), (1, [0, 1, 2]), (2, [0, 2])):
        model = made(least_aligned=least)
        layout = model.layout(to_rows(some))
        assert model.learnt(layout, "train").tolist() == expected
        objective = PretrainObjective(model, layout, layout, learnt=model.learnt(layout, "train"), kinds=KINDS)
        read = np.concatenate(objective.batches(0, Settings(batch_size=2)))
        assert sorted(read.tolist()) == expected
        assert sum(len(which) for which in objective.batches(1, Settings(batch_size=3))) == len(expected)
    with pytest.raises(DataError, match="train: expected texts with at least 3 entities, found at most 2"):
        made(least_aligned=3).learnt(layout, "train")
