"""Best answers to single questions, against scores of each by itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphs.errors import OptionsError, StoreError
from graphs.folders import locked
from graphs.knowledge import KnowledgeGraph
from graphs.queries import query_of
from graphs.types import Triple
from kbert.best_answers import Answer, best_answers
from kbert.link_answerers import Shortlist
from kbert.train import Settings
from kbert.train_retriever import RetrieverPlan, train_retriever
from kbert.triple_runs import TripleRun
from kbert.triples.ids import TripleIds

NAMES = ["tim", "cook", "paris", "lyon"]
TRIPLES = [
    Triple("tim", "is", "cook", split="train"),
    Triple("tim", "is", "paris", split="test"),
    Triple("tim", "is", "paris", split="train"),
    Triple("lyon", "city", "tim", split="train"),
    Triple("tim", "city", "lyon", label=-1),
]
LABELS = ['{"name": "paris", "label": "the city"}']


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES, LABELS)


@pytest.fixture(scope="module")
def runs(
    kg: KnowledgeGraph,
    encoder: Callable[[str], str],
    train_both: Callable[[KnowledgeGraph, Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, TripleRun]:
    folder, settings = tmp_path_factory.mktemp("runs"), Settings(epochs=1, precision="fp32")
    train_both(kg, folder)
    train_retriever(RetrieverPlan("biencoder", encoder("bert"), str(kg.folder), settings=settings), folder / "near")
    return {name: TripleRun(folder / name) for name in ("triple", "relation", "near")}


def ask(run: TripleRun, kg: KnowledgeGraph, query: str, **how: Any) -> list[Answer]:
    return best_answers(run, kg, query_of(query, kg), **how)


@pytest.mark.parametrize("query", ["tim, is, ?", "?, city, tim"])
def test_entities(runs: dict[str, TripleRun], kg: KnowledgeGraph, query: str) -> None:
    model = runs["triple"].load()
    head, relation, tail = query.split(", ")
    triples = [(head if tail == "?" else name, relation, name if tail == "?" else tail) for name in NAMES]
    ids = TripleIds.of(
        [kg.id(h) for h, _, _ in triples], [kg.relations.index(relation)] * 4, [kg.id(t) for _, _, t in triples]
    )
    margins = model.margins(model.texts(kg), ids, precision=torch.float32)
    answers = ask(runs["triple"], kg, query)
    assert [answer.name for answer in answers] == [NAMES[i] for i in np.argsort(-margins)]
    assert [answer.score for answer in answers] == pytest.approx(sorted(margins.tolist(), reverse=True), abs=1e-6)


def test_what_the_graph_knows(runs: dict[str, TripleRun], kg: KnowledgeGraph) -> None:
    known = {answer.name: answer.known for answer in ask(runs["triple"], kg, "tim, is, ?")}
    assert known == {"tim": [], "cook": ["train"], "paris": ["train", "test"], "lyon": []}
    assert {answer.name for answer in ask(runs["triple"], kg, "tim, is, ?", new=True)} == {"tim", "lyon"}
    labels = {answer.name: answer.label for answer in ask(runs["triple"], kg, "tim, is, ?")}
    assert labels["paris"] == "the city"
    assert len(ask(runs["triple"], kg, "tim, is, ?", top=3)) == 3


def test_relations(runs: dict[str, TripleRun], kg: KnowledgeGraph) -> None:
    for task, run in runs.items():
        answers = ask(run, kg, "tim, ?, cook")
        assert {answer.name: answer.known for answer in answers} == {"is": ["train"], "city": []}
        assert [answer.name for answer in ask(run, kg, "tim, ?, cook", new=True)] == ["city"]
        assert answers[0].score >= answers[1].score
        assert (sum(answer.score for answer in answers) == pytest.approx(1)) == (task == "relation")


def test_relations_that_the_graph_lacks(runs: dict[str, TripleRun], kg_of: Callable[..., KnowledgeGraph]) -> None:
    other = kg_of([Triple("tim", "city", "cook"), Triple("tim", "like", "cook")])
    found = {answer.name: answer.known for answer in ask(runs["relation"], other, "tim, ?, cook")}
    assert found == {"is": [], "city": [""]}
    assert {answer.name for answer in ask(runs["triple"], other, "tim, ?, cook")} == {"city", "like"}


def test_a_run_that_names_relations_names_no_entities(runs: dict[str, TripleRun], kg: KnowledgeGraph) -> None:
    with pytest.raises(OptionsError, match=r"names the relation of two entities, and finds no entity"):
        ask(runs["relation"], kg, "tim, is, ?")


def test_after_a_retriever_only_what_was_read_has_a_score(runs: dict[str, TripleRun], kg: KnowledgeGraph) -> None:
    """Those the k nearest, and with ``new`` the k nearest that are not known."""
    first = Shortlist(runs["near"], k=2)
    scores = {answer.name: answer.score for answer in ask(runs["triple"], kg, "tim, is, ?")}
    near = [answer.name for answer in ask(runs["near"], kg, "tim, is, ?")]
    found = ask(runs["triple"], kg, "tim, is, ?", retriever=first, top=4)
    assert {answer.name for answer in found} == set(near[:2])
    assert {answer.name: answer.score for answer in found} == pytest.approx({n: scores[n] for n in near[:2]}, abs=1e-6)
    new = ask(runs["triple"], kg, "tim, is, ?", retriever=first, top=4, new=True)
    assert {answer.name for answer in new} == set([name for name in near if name not in ("cook", "paris")][:2])


def test_what_is_read_is_heard_of(runs: dict[str, TripleRun], kg: KnowledgeGraph) -> None:
    heard: list[tuple[int, int]] = []
    how = {"on_entities": lambda done, entities: heard.append((done, entities))}
    ask(runs["triple"], kg, "tim, is, ?", **how)
    assert heard[-1] == (len(kg), len(kg))
    heard.clear()
    ask(runs["triple"], kg, "tim, is, ?", retriever=Shortlist(runs["near"], k=2), **how)
    assert (len(kg), len(kg)) in heard
    assert heard[-1] == (2, 2)


def test_nothing_is_new_where_every_entity_is_known(
    runs: dict[str, TripleRun], kg: KnowledgeGraph, kg_of: Callable[..., KnowledgeGraph]
) -> None:
    full = kg_of([Triple(a, "is", b) for a in ("tim", "cook") for b in ("tim", "cook")])
    for query in ("tim, is, ?", "?, is, cook"):
        for run in (runs["triple"], runs["near"]):
            assert ask(run, full, query, new=True) == []
            assert len(ask(run, full, query)) == 2
        assert ask(runs["triple"], full, query, new=True, retriever=Shortlist(runs["near"], k=2)) == []


def test_a_retriever_finds_no_relations(runs: dict[str, TripleRun], kg: KnowledgeGraph) -> None:
    with pytest.raises(OptionsError, match="a retriever finds entities, and the query asks for a relation"):
        ask(runs["triple"], kg, "tim, ?, cook", retriever=Shortlist(runs["near"]))


def test_a_run_in_training_answers_nothing(runs: dict[str, TripleRun], kg: KnowledgeGraph) -> None:
    with (
        locked(runs["triple"].folder, "training"),
        pytest.raises(StoreError, match="expected no training of this run, found one at work"),
    ):
        ask(runs["triple"], kg, "tim, is, ?")
