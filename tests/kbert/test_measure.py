"""Measuring a model on text graphs: what is kept beside the figures, and what cannot be measured."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from graphs.corpus import to_rows
from graphs.errors import DataError
from graphs.types import Target, TextGraph
from kbert.measure import measurable, measure
from kbert.protocol import Data, Standing
from kbert.text_model import TextModel

Make = Callable[..., TextModel]
Reviews = Callable[..., list[TextGraph]]
HOW = Standing(9, trained=0, chosen=0, by_files=False, same_recipe=True)


def data(graphs: list[TextGraph]) -> Data:
    return Data("dev", {"files": []}, {"seed": 0}, lambda: [to_rows(graphs)], np.arange(len(graphs)))


def test_figures_and_the_predictions_beside_them(text_model: Make, reviews: Reviews, tmp_path: Path) -> None:
    model, graphs = text_model(), reviews(9)
    path, seen = tmp_path / "predictions" / "dev.json", []
    some = data(graphs)
    found = measure(model, measurable(model, some), some, HOW, path, precision="fp32", on_batch=seen.append)
    kept = json.loads(path.read_text(encoding="utf-8"))
    rows = kept.pop("predictions")
    gold = [graph.target.label for graph in graphs]
    assert [(row["id"], row["gold"]) for row in rows] == [(g.id, a) for g, a in zip(graphs, gold, strict=True)]
    assert found["metrics"]["accuracy"] == accuracy_score(gold, [row["label"] for row in rows])
    about = {name: value for name, value in found.items() if name != "metrics"}
    assert kept == {
        "texts": {"files": []},
        "recipe": {"seed": 0},
        "left_out": 0,
        "unlinked": 0,
        **json.loads(json.dumps(about)),
    }
    assert "9 texts" in found["protocol"]
    assert sum(seen) == 9


def test_nothing_to_measure_on(text_model: Make, reviews: Reviews) -> None:
    with pytest.raises(DataError, match="dev: expected texts to measure on, found none"):
        measurable(text_model(), data([]))
    without = [replace(graph, target=Target()) for graph in reviews(3)]
    with pytest.raises(DataError, match="dev: expected texts with targets for classify, found none with any"):
        measurable(text_model(), data(without))


def test_some_without_targets(text_model: Make, reviews: Reviews) -> None:
    graphs = reviews(4)
    graphs[1] = replace(graphs[1], target=Target())
    assert [gold is None for gold in measurable(text_model(), data(graphs)).gold] == [False, True, False, False]
