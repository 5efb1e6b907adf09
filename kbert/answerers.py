"""What answers the questions of a ranking: a run by itself, or the best of a retriever put in order by it."""

from dataclasses import dataclass
from typing import Any

import torch

from graphs.errors import OptionsError
from graphs.knowledge import KnowledgeGraph
from kbert.entity_vectors import entity_vectors
from kbert.every_entity import EveryEntity
from kbert.link_prediction import Answerer
from kbert.precision import best_precision
from kbert.retrieval import ByVectors
from kbert.retrieval_model import RetrievalModel
from kbert.triple_model import TripleModel
from kbert.triple_reader import TripleReader
from kbert.triple_runs import TripleRun
from kbert.two_stage import TwoStage


@dataclass(frozen=True)
class Retriever:
    """A run that names the ``k`` entities which another reads; ``weight`` is how much of its score is added."""

    run: TripleRun
    k: int = 50
    weight: float = 0.0

    @property
    def described(self) -> dict[str, Any]:
        """What answers hang on, as JSON."""
        return {"model": self.run.digest, "k": self.k, "weight": self.weight}


def answerer_of(
    run: TripleRun, model: TripleReader, kg: KnowledgeGraph, retriever: Retriever | None = None
) -> Answerer:
    """What gives scores to all entities of a graph with the model of a run.

    Raises :class:`OptionsError` for a model that has learnt another task, and for a retriever that is none.
    """
    precision = precision_of(run, model)
    if isinstance(model, RetrievalModel):
        if retriever is not None:
            raise OptionsError(
                f"{run.folder} is a retriever, and takes no other: it compares with all entities by itself"
            )
        return _by_vectors(run, model, kg)
    if not isinstance(model, TripleModel) or model.task != "triple":
        raise OptionsError(f"{run.folder} names the relation of two entities, and finds no entity: ask 'head, ?, tail'")
    texts = model.texts(kg)
    if retriever is None:
        return EveryEntity(model, texts, precision=precision)
    other = retriever.run.load()
    if not isinstance(other, RetrievalModel):
        raise OptionsError(f"{retriever.run.folder} is no retriever (see kbert train biencoder)")
    first = _by_vectors(retriever.run, other, kg)
    how: dict[str, Any] = {"k": retriever.k, "retriever_weight": retriever.weight, "precision": precision}
    return TwoStage(first, model, texts, **how)


def precision_of(run: TripleRun, model: TripleReader) -> torch.dtype:
    """What a run computes in: as it was trained."""
    return best_precision(run.plan["settings"]["precision"], model.device)


def _by_vectors(run: TripleRun, model: RetrievalModel, kg: KnowledgeGraph) -> ByVectors:
    precision, texts = precision_of(run, model), model.texts(kg)
    vectors = entity_vectors(run.folder, run.digest, model, kg, texts, precision=precision)
    return ByVectors(model, texts, vectors, precision=precision)
