"""Histories of users who are asked about in a file."""

import pytest

from graphs.errors import DataError, OptionsError, Skipped
from kbert.asked_users import histories, items_of
from kbert.recommender_runs import RecommenderRun
from kbert.train import Settings
from kbert.train_recommender import RecommenderPlan, train_recommender


@pytest.fixture
def graph(behaviour):
    return behaviour(users=3, items=9, length=4, attributes=False)


@pytest.fixture
def run(graph, tmp_path):
    settings = Settings(epochs=1, precision="fp32")
    plan = RecommenderPlan("uprec", str(graph.folder), recommender_options={"width": 8}, settings=settings)
    train_recommender(plan, tmp_path / "run")
    return RecommenderRun(tmp_path / "run")


@pytest.fixture
def file(tmp_path):
    def write(*lines):
        path = tmp_path / "users.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write


def test_users_of_the_graph_and_others(run, graph, file):
    found = [*histories(run, file("u2", '{"user": "u2", "items": ["i0", "i0"]}', "u0"))]
    assert found == [("u2", ["i2", "i3", "i4", "i5"]), ("u2", ["i0", "i0"]), ("u0", items_of(graph, "u0"))]


def test_all_bad_lines_are_heard_of(run, graph, file):
    bad, path = Skipped(9), file("u9", '{"user": "x", "items": ["i1", "j"]}', "u1", '{"items": []}')
    assert [user for user, _ in histories(run, path, bad=bad)] == ["u1"]
    assert [str(error) for error in bad.errors] == [
        f"{path}:1: expected a user of {graph.folder}, or an object with user and items, found 'u9'",
        f"{path}:2: expected items that were learnt, found 'j'",
        f"{path}:4: expected an object with user and items, or user alone, found the keys items",
    ]
    with pytest.raises(DataError, match=r"users.txt:1: expected a user of"):
        next(histories(run, path))


def test_a_user_whom_the_graph_does_not_have(graph):
    with pytest.raises(OptionsError, match=r"has no user 'uu0' \(did you mean 'u0'\?\)"):
        items_of(graph, "uu0")
