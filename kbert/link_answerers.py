"""What answers the questions of a ranking: a run by itself, or the best of a retriever put in order by it."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphs.errors import OptionsError
from graphs.knowledge import KnowledgeGraph
from kbert.entities.by_embedding import ByEmbedding
from kbert.ranking.every_entity import EveryEntity
from kbert.ranking.graph_texts import GraphTexts
from kbert.ranking.link_prediction import Answerer
from kbert.ranking.two_stage import TwoStage
from kbert.retrieval.by_retriever import ByVectors
from kbert.retrieval.model import EntityVectors, RetrievalModel
from kbert.retrieval.vectors import OnEntities, entity_vectors
from kbert.triple_runs import TripleRun
from kbert.triples.model import TripleModel


@dataclass(frozen=True)
class Shortlist:
    """A run that names the ``k`` entities which another reads; ``weight`` is how much of its score is added."""

    run: TripleRun
    k: int = 50
    weight: float = 0.0

    @property
    def described(self) -> dict[str, Any]:
        """What answers hang on, as JSON."""
        return {**self.run.computed_by, "k": self.k, "weight": self.weight}

    def among(self, entities: int) -> "Shortlist":
        """The same where there are no more entities than so many."""
        return replace(self, k=min(self.k, entities))

    @property
    def sentence(self) -> str:
        """What it does to a ranking."""
        weight = f", their scores there added with weight {self.weight}" if self.weight else ""
        return (
            f"two stages: the {self.k:,} best of {self.run.folder} in the order of the run{weight}, all others behind"
        )


FINDERS = ("retriever", "embedding")
"""The kinds of runs that compare a question with all entities at once."""


@contextmanager
def in_use(run: TripleRun, retriever: Shortlist | None) -> Iterator[None]:
    """Keep trainings from a run, and from the retriever before it. Raises :class:`StoreError` while one is at work."""
    with run.in_use(), nullcontext() if retriever is None else retriever.run.in_use():
        yield


def answerer_of(
    run: TripleRun,
    kg: KnowledgeGraph,
    retriever: Shortlist | None = None,
    *,
    on_entities: OnEntities = lambda done, entities: None,
) -> Answerer:
    """What gives scores to all entities of a graph with the model or the vectors of a run.

    Nothing is read before it is asked; ``on_entities`` then hears of the vectors that must be there
    first. Raises :class:`OptionsError` for a model that has learnt another task, for a retriever that
    is none, and for one that was trained on another graph than the run: what it has learnt of its
    triples would not be known.
    """
    if run.kind in FINDERS:
        if retriever is not None:
            raise OptionsError(f"{run.folder} takes no retriever: it compares with all entities by itself")
        return finder_of(run, kg, on_entities=on_entities)
    model = run.load()
    precision = run.precision(model)
    if not isinstance(model, TripleModel) or model.task != "triple":
        raise OptionsError(f"{run.folder} names the relation of two entities, and finds no entity: ask 'head, ?, tail'")
    texts = GraphTexts(model, kg)
    if retriever is None:
        return EveryEntity(model, texts, precision=precision)
    check_same_graph(retriever.run, run.described["kg"]["digest"], run.folder)
    first = finder_of(retriever.run, kg, on_entities=on_entities)
    how: dict[str, Any] = {"k": retriever.k, "retriever_weight": retriever.weight, "precision": precision}
    return TwoStage(first, model, texts, **how)


def check_same_graph(retriever: TripleRun, digest: str, other: Path) -> None:
    """Raise :class:`OptionsError` unless a retriever was trained on the graph of a digest, as another run was."""
    if retriever.described["kg"]["digest"] != digest:
        raise OptionsError(
            f"{retriever.folder} was trained on another knowledge graph than {other}: "
            "it may have learnt what is held out"
        )


def finder_of(run: TripleRun, kg: KnowledgeGraph, *, on_entities: OnEntities = lambda done, entities: None) -> Answerer:
    """What compares a question with all entities of a graph at once.

    Raises :class:`OptionsError` for a run that is none of :data:`FINDERS`.
    """
    if run.kind == "embedding":
        return ByEmbedding(run.load_embedding(kg))
    if run.kind != "retriever":
        raise OptionsError(f"{run.folder} is no retriever (see kbert train biencoder, kbert kg embed)")
    model = run.load()
    assert isinstance(model, RetrievalModel)  # the kind of the run says so
    precision, digest = run.precision(model), run.digest

    def vectors() -> EntityVectors:
        return entity_vectors(run.folder, digest, model, kg, precision=precision, on_entities=on_entities)

    return ByVectors(model, GraphTexts(model, kg), vectors, precision=precision)
