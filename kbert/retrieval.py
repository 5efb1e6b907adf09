"""Answers by a retriever: every entity is a vector, a question is one more, and the nearest are the answers."""

from functools import cached_property
from typing import Any

import numpy as np
import torch

from kbert.link_prediction import OnQuestions, Scored, rank_all
from kbert.ranking import Known, Queries, rank_metrics
from kbert.retrieval_model import RetrievalModel, Vectors
from kbert.sentences import CHOSEN, drawn_of
from kbert.triple_ids import TripleIds
from kbert.triple_texts import TripleTexts

AT_ONCE = 2**24
"""Scores that are held together."""

MOST = 1_000
"""Dev triples that are ranked after an epoch."""


class ByVectors:
    """Scores each entity by the logit of its vector with the question's, a cosine times a scale; all of them, exactly.

    Args:
        model: the retriever
        texts: of the entities that may be the answer, and of the relations
        vectors: those of the entities, if they are at hand
        precision: what the encoder computes in; logits are in float32
        how: what :meth:`RetrievalModel.questions` takes beside
    """

    def __init__(
        self,
        model: RetrievalModel,
        texts: TripleTexts,
        vectors: Vectors | None = None,
        *,
        precision: torch.dtype,
        **how: Any,
    ) -> None:
        self._model, self._texts, self._how = model, texts, {**how, "precision": precision}
        self._given = vectors

    @cached_property
    def vectors(self) -> Vectors:
        """Those of all entities."""
        if self._given is not None:
            return self._given
        return self._model.entities(self._texts, np.arange(len(self._texts.entities)), **self._how)

    @property
    def at_once(self) -> int:
        """As many questions as have :data:`AT_ONCE` answers."""
        return max(1, AT_ONCE // len(self._texts.entities))

    def __call__(self, queries: Queries, known: Known, on_questions: OnQuestions) -> Scored:
        """Score all entities as answers."""
        questions = self._model.questions(self._texts, queries.asked, on_batch=on_questions, **self._how)
        return Scored(self._model.scale * (questions @ self.vectors.T), 0)


class RetrievalDev:
    """Dev triples, some at most, each ranked at both sides among all entities."""

    def __init__(self, dev: TripleIds, true: TripleIds, *, seed: int = 0) -> None:
        chosen = np.sort(np.random.default_rng((seed, 2)).permutation(len(dev))[:MOST])
        self._dev, self._true = dev.where(chosen), true
        self.protocol = (
            f"MRR over {drawn_of(len(chosen), len(dev), seed)} triples of the split dev, both sides, "
            f"among all entities, filtered by all true triples of the graph ({CHOSEN})"
        )

    def measure(
        self, model: RetrievalModel, texts: TripleTexts, precision: torch.dtype
    ) -> tuple[dict[str, Any], float]:
        """Metrics of the filtered ranks; the mean reciprocal one chooses the epoch."""
        metrics = rank_metrics(rank_all(ByVectors(model, texts, precision=precision), self._dev, self._true).rank)
        return metrics, metrics["mrr"]
