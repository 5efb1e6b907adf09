"""Runs on behaviour, opened to be used."""

import json
import shutil

import numpy as np
import pytest
import torch

from graphs.behaviour import BehaviourGraph
from graphs.errors import DataError, OptionsError, StoreError
from kbert.behaviour.histories import Histories
from kbert.behaviour.model import Recommender
from kbert.behaviour.sampling import Sampling
from kbert.recommender_runs import RANKS, RecommenderRun
from kbert.train import Settings
from kbert.train_recommender import RecommenderPlan, train_recommender


@pytest.fixture
def run(behaviour, tmp_path):
    graph = behaviour(users=6, items=30, length=9, attributes=False)
    settings = Settings(epochs=2, batch_size=4, learning_rate=1e-2, precision="fp32")
    plan = RecommenderPlan("uprec", str(graph.folder), recommender_options={"width": 8, "length": 5}, settings=settings)
    train_recommender(plan, tmp_path / "run")
    return RecommenderRun(tmp_path / "run")


def test_ranks_are_those_of_the_models_own_scores(run):
    """Each user by himself, whose history is the longer of what is read."""
    found = run.evaluate()
    graph, model = run.behaviour(), run.load()
    questions = Histories.of(graph).questions("test")
    kept = json.loads((run.folder / "predictions" / "test.json").read_text(encoding="utf-8"))["ranks"]
    for place, row in enumerate(kept):
        scores = model.answer(questions, np.array([place]))[0]
        own = scores[questions.answers[place]]
        assert row["rank"] == 1 + (scores > own).sum() + ((scores == own).sum() - 1) / 2
        assert row["user"] == graph.users[questions.users[place]]
    columns = {name: [row[name] for row in kept] for name in RANKS}
    for name, figures in (("rank", found), ("popularity", found["popularity"])):
        for suffix, seen in (("", "kept"), ("_excluded", "excluded")):
            assert figures[seen]["mrr"] == pytest.approx(np.mean([1 / rank for rank in columns[name + suffix]]))
    assert found["kept"]["recall@20"] == pytest.approx(np.mean([row["rank"] <= 20 for row in kept]))
    assert found["excluded"]["mrr"] >= found["kept"]["mrr"]
    assert found["by_length"] == [
        {"from": 6, "to": 10, "users": 6, **{k: found["kept"][k] for k in ("recall@10", "ndcg@10")}}
    ]
    assert "held out: nothing was learnt from it or chosen on it" in found["protocol"]


def test_dev_is_what_the_training_measured(run):
    result = json.loads((run.folder / "result.json").read_text(encoding="utf-8"))
    found = run.evaluate(split="dev")
    assert found["kept"] == {name: value for name, value in result["dev"].items() if name != "users"}
    assert found["protocol"] == result["protocol"]


def test_items_are_recommended_to_anybody(run):
    histories = [["i1", "i2"], ["i5"], []] * 100
    answers = list(run.recommend(histories, most=4))
    assert [len(found) for found in answers] == [4] * 300
    for history, found in zip(histories, answers, strict=True):
        assert not {one.item for one in found} & {*history}
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert answers[0] == answers[3]
    (again,) = run.recommend([["i1", "i2"]], most=40, seen=True)
    learnt = len(run.items()["names"])
    assert len(again) == learnt
    (others,) = run.recommend([["i1", "i2"]], most=40)
    assert len(others) == learnt - 2


def test_scores_that_are_no_numbers_recommend_nothing(run, monkeypatch):
    monkeypatch.setattr(Recommender, "answer", lambda *given, **options: torch.full((1, 30), torch.nan))
    with pytest.raises(DataError, match="scores: expected numbers, found NaN for 1 of 1 users"):
        next(run.recommend([["i1"]]))


def test_figures_among_drawn_rivals_have_a_name_by_all_that_makes_them(run):
    found = [run.evaluate(split="dev", sampling=Sampling(3, seed=seed)) for seed in (0, 1)]
    names = {path.name for path in (run.folder / "predictions").iterdir()}
    assert {"dev-uniform-3-0.json", "dev-uniform-3-1.json"} <= names
    assert found[1]["sampling"] == {"negatives": 3, "how": "uniform", "seed": 1}


def test_items_that_were_never_learnt(run):
    with pytest.raises(OptionsError, match=r"no item 'i99' was learnt \(did you mean"):
        next(run.recommend([["i1", "i99"]]))


def test_a_graph_that_has_moved_or_changed(run, behaviour, tmp_path):
    folder = run.behaviour().folder
    shutil.move(folder, tmp_path / "moved")
    with pytest.raises(StoreError, match="no such folder"):
        run.evaluate()
    run.evaluate(behaviour=str(tmp_path / "moved"))
    other = behaviour(users=5, items=30, length=9, attributes=False)
    with pytest.raises(OptionsError, match=r"holds other behaviour than .* was trained on"):
        run.evaluate(behaviour=str(other.folder))


def test_nobody_to_ask(behaviour, tmp_path):
    graph = behaviour(length=2, attributes=False)
    settings = Settings(epochs=1, precision="fp32")
    train_recommender(RecommenderPlan("uprec", str(graph.folder), settings=settings), tmp_path / "short")
    with pytest.raises(OptionsError, match="has no user with three events: nothing is held out"):
        RecommenderRun(tmp_path / "short").evaluate()
    assert isinstance(BehaviourGraph.open(graph.folder), BehaviourGraph)
