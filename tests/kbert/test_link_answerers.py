"""What answers with each kind of run, alone and after a retriever."""

from collections.abc import Callable
from pathlib import Path

import pytest

from graphs.errors import OptionsError, StoreError
from graphs.folders import locked
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.link_answerers import Shortlist, answerer_of, in_use
from kbert.ranking.every_entity import EveryEntity
from kbert.ranking.two_stage import TwoStage
from kbert.retrieval.by_retriever import ByVectors
from kbert.train import Settings
from kbert.train_retriever import RetrieverPlan, train_retriever
from kbert.train_triples import TriplePlan, train_triples
from kbert.triple_runs import TripleRun


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([Triple("tim", "is", "cook"), Triple("lyon", "in", "good")])


@pytest.fixture(scope="module")
def runs(
    kg: KnowledgeGraph,
    encoder: Callable[[str], str],
    train_both: Callable[[KnowledgeGraph, Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, TripleRun]:
    """Runs of both tasks, and a retriever."""
    folder, settings = tmp_path_factory.mktemp("runs"), Settings(epochs=1, precision="fp32")
    train_both(kg, folder)
    plan = RetrieverPlan("biencoder", encoder("bert"), str(kg.folder), settings=settings)
    train_retriever(plan, folder / "retriever")
    return {name: TripleRun(folder / name) for name in ("triple", "relation", "retriever")}


def test_each_kind(runs: dict[str, TripleRun], kg: KnowledgeGraph) -> None:
    triple, retriever = runs["triple"], runs["retriever"]
    assert isinstance(answerer_of(triple, kg), EveryEntity)
    by_vectors = answerer_of(retriever, kg)
    assert isinstance(by_vectors, ByVectors)
    assert not (retriever.folder / "vectors").exists()
    assert by_vectors.vectors.vectors.shape[0] == len(kg)
    assert len(list((retriever.folder / "vectors").iterdir())) == 1
    assert isinstance(answerer_of(triple, kg, Shortlist(retriever, 2)), TwoStage)


@pytest.mark.parametrize(
    ("run", "first", "message"),
    [
        ("relation", None, "relation names the relation of two entities, and finds no entity"),
        ("triple", "relation", r"relation is no retriever \(see kbert train biencoder, kbert kg embed\)"),
        ("retriever", "retriever", "retriever takes no retriever: it compares with all entities by itself"),
    ],
)
def test_runs_that_do_not_fit(
    runs: dict[str, TripleRun], kg: KnowledgeGraph, run: str, first: str | None, message: str
) -> None:
    with pytest.raises(OptionsError, match=message):
        answerer_of(runs[run], kg, first and Shortlist(runs[first]))


def test_a_retriever_that_may_have_learnt_what_is_held_out(
    runs: dict[str, TripleRun],
    kg: KnowledgeGraph,
    kg_of: Callable[..., KnowledgeGraph],
    encoder: Callable[[str], str],
    tmp_path: Path,
) -> None:
    other = kg_of([Triple("tim", "is", "cook"), Triple("lyon", "is", "good"), Triple("tim", "is", "good")])
    settings = Settings(epochs=1, precision="fp32")
    train_retriever(RetrieverPlan("biencoder", encoder("bert"), str(other.folder), settings=settings), tmp_path / "r")
    message = "r was trained on another knowledge graph than .*: it may have learnt what is held out"
    with pytest.raises(OptionsError, match=message):
        answerer_of(runs["triple"], kg, Shortlist(TripleRun(tmp_path / "r")))
    plan = TriplePlan("kgbert", "triple", encoder("bert"), str(kg.folder), negatives_from=str(tmp_path / "r"))
    with pytest.raises(OptionsError, match=message):
        train_triples(plan, tmp_path / "never")


def test_what_a_retriever_is_kept_as(runs: dict[str, TripleRun]) -> None:
    run = runs["retriever"]
    assert Shortlist(run, 7, 0.5).described == {**run.computed_by, "k": 7, "weight": 0.5}
    assert run.digest != runs["triple"].digest
    assert Shortlist(run, 7, 0.5).among(5) == Shortlist(run, 5, 0.5)
    assert Shortlist(run, 7, 0.5).among(9).k == 7


def test_neither_run_is_trained_while_they_answer(runs: dict[str, TripleRun]) -> None:
    run, first = runs["triple"], Shortlist(runs["retriever"])
    for retriever, kept in ((None, ["triple"]), (first, ["triple", "retriever"])):
        with in_use(run, retriever):
            for name in kept:
                with (
                    pytest.raises(StoreError, match="expected no training, found one"),
                    locked(runs[name].folder, "training"),
                ):
                    pass
    with locked(first.run.folder, "training"):
        with pytest.raises(StoreError, match="expected no training of this run, found one"), in_use(run, first):
            pass
        with in_use(run, None):
            pass
