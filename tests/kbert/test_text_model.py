"""A model under a head: what it answers does not hang on batches."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from graphs.corpus import to_rows
from graphs.errors import DataError
from graphs.types import Role, TextGraph
from kbert.layout import Layout
from kbert.text_model import TextModel, evaluate

Make = Callable[..., TextModel]
Reviews = Callable[..., list[TextGraph]]
PARTS = [(model, task) for model in ("bert", "kbert", "ernie") for task in ("classify", "tag", "typing", "relation")]


def layout(model: TextModel, graphs: list[TextGraph]) -> Layout:
    laid: Layout = model.model.layout(to_rows(graphs))
    return laid


def assert_same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """To rounding."""
    for one, other in zip(found, expected, strict=True):
        if "tags" in one:
            assert one == other
        else:
            assert one["scores"] == pytest.approx(other["scores"], abs=1e-5)
            assert {**one, "score": 0, "scores": 0} == {**other, "score": 0, "scores": 0}


@pytest.mark.parametrize(("model", "task"), PARTS)
def test_batches_and_order_change_no_answer(model: str, task: str, text_model: Make, reviews: Reviews) -> None:
    built = text_model(model=model, task=task)
    graphs = reviews(9)
    answers = built.predict(layout(built, graphs))
    for options in ({"batch_size": 1}, {"batch_size": 4}, {"max_padded": 30}):
        assert_same(built.predict(layout(built, graphs), **options), answers)
    assert_same(built.predict(layout(built, graphs[::-1])), answers[::-1])


@pytest.mark.parametrize(("model", "task"), PARTS)
def test_batching_and_padding_change_no_score(model: str, task: str, text_model: Make, reviews: Reviews) -> None:
    built = text_model(model=model, task=task).eval()
    laid = layout(built, reviews(6))
    with torch.no_grad():
        together, _ = built(built.model.collate(laid, np.arange(6)))
        for i in range(6):
            alone, encoded = built(built.model.collate(laid, np.array([i])))
            words = encoded.words[0] if task == "tag" else 2
            assert torch.allclose(together[i][:words], alone[0][:words], atol=1e-5)


def test_progress_is_told(text_model: Make, reviews: Reviews) -> None:
    built, told = text_model(), []
    built.predict(layout(built, reviews(5)), batch_size=2, on_batch=told.append)
    assert sorted(told) == [1, 2, 2]


def test_prediction_neither_learns_nor_drops(text_model: Make, reviews: Reviews) -> None:
    built = text_model().train()
    laid = layout(built, reviews(3))
    assert built.predict(laid) == built.predict(laid)


@pytest.mark.parametrize("task", ["classify", "tag", "typing", "relation"])
def test_heads_compute_in_float32(task: str, text_model: Make, reviews: Reviews) -> None:
    built = text_model(task=task).eval()
    batch = built.model.collate(layout(built, reviews(3)), np.arange(3))
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        scores, encoded = built(batch)
    assert scores.dtype == encoded.pieces.dtype == torch.float32
    assert not torch.equal(scores, scores.bfloat16().float())
    built.model.to(torch.bfloat16)
    with torch.no_grad():
        scores, encoded = built(batch)
    assert scores.dtype == encoded.pieces.dtype == torch.float32


def test_examples(text_model: Make, reviews: Reviews) -> None:
    built = text_model()
    graphs = reviews(5)
    examples = built.examples([to_rows(graphs[:2]), to_rows(graphs[2:])])
    assert len(examples) == 5
    assert examples.ids == [graph.id for graph in graphs]
    assert examples.gold == [graph.target.label for graph in graphs]
    assert examples.targets.values.tolist() == [built.labels.index(label) for label in examples.gold]
    assert examples.layout.lengths.tolist() == layout(built, graphs).lengths.tolist()


@pytest.mark.parametrize("batches", [[], [to_rows([])]])
def test_no_texts(batches: list[Any], text_model: Make) -> None:
    with pytest.raises(DataError, match="text graphs: expected at least one text, found none"):
        text_model().examples(batches)


def test_evaluate(text_model: Make, reviews: Reviews) -> None:
    built = text_model()
    graphs = [*reviews(4), *reviews(1, seed=5)]
    examples = built.examples([to_rows(graphs)])
    examples.gold[4] = "unheard of"
    predictions = built.predict(examples.layout)
    metrics = evaluate(built, examples, predictions)
    right = sum(p["label"] == g for p, g in zip(predictions, examples.gold, strict=True))
    assert metrics["accuracy"] == right / 5
    assert metrics["unseen_labels"] == 1


def test_a_backbone_is_needed() -> None:
    with pytest.raises(ValueError, match="a text model needs a backbone; to load a saved one use from_pretrained"):
        TextModel(model="bert", task="tag", labels=["O"])


@pytest.mark.parametrize("model", ["bert", "kbert", "ernie"])
@pytest.mark.parametrize("task", ["typing", "relation"])
@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_what_is_marked_changes_the_answer(
    model: str, task: str, kind: str, text_model: Make, graph_of: Callable[..., TextGraph]
) -> None:
    """Which words are marked is all that differs; a span that the task does not ask about makes no difference."""
    built = text_model(model=model, task=task, kind=kind)
    graph = graph_of("the film is good paris city")
    film, town = Role("head", 0, 4, 8), Role("tail", 0, 17, 22)

    def answer(*spans: Role) -> dict[str, float]:
        scores: dict[str, float] = built.predict(layout(built, [replace(graph, spans=spans)]))[0]["scores"]
        return scores

    if task == "typing":
        plain, other = answer(film._replace(role="mention"), film), answer(town._replace(role="mention"))
        assert plain == answer(film._replace(role="mention"), town)
    else:
        plain, other = answer(film, town), answer(film._replace(role="tail"), town._replace(role="head"))
        assert plain == answer(town, film._replace(role="mention"), film)
    assert plain != other


def test_a_text_without_the_span_that_is_asked_about(text_model: Make, graph_of: Callable[..., TextGraph]) -> None:
    with pytest.raises(DataError, match="text 5: expected a span with the role mention to mark, found no marked span"):
        layout(text_model(task="typing"), [graph_of("the film", id="5")])


def test_tasks_without_markers_leave_the_encoder_as_it_is(text_model: Make) -> None:
    for task in ("classify", "tag"):
        built = text_model(task=task)
        assert built.encoder.template.markers == ()
        assert "[ENT]" not in built.encoder.tokenizer.get_vocab()
