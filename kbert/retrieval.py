"""Answers by a retriever: every entity is a vector, a question is one more, and the nearest are the answers."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from kbert.cuts import cuts_of
from kbert.link_prediction import OnQuestions, Scored, rank_all
from kbert.ranking import Queries, TrueAnswers, rank_metrics
from kbert.retrieval_model import EntityVectors, RetrievalModel
from kbert.sentences import CHOSEN, drawn_of
from kbert.triple_ids import TripleIds
from kbert.triple_texts import TextSupply, TripleTexts

AT_ONCE = 2**24
"""Scores that are held together."""

AT_LEAST = 64
"""Questions that are answered together in the largest graphs, too: each time all vectors are gone through."""

MOST = 1_000
"""Dev triples that are ranked after an epoch."""


class ByVectors:
    """Scores each entity by the logit of its vector with the question's, a cosine times a scale; all of them, exactly.

    Args:
        model: the retriever
        texts: of the entities that may be the answer, and of the relations
        vectors: gives those of the entities, when they are wanted first; without it they are made
        precision: what the encoder computes in; logits are in float32
        how: what :meth:`RetrievalModel.questions` takes beside
    """

    def __init__(
        self,
        model: RetrievalModel,
        texts: TextSupply,
        vectors: Callable[[], EntityVectors] | None = None,
        *,
        precision: torch.dtype,
        **how: Any,
    ) -> None:
        self._model, self._texts, self._how = model, texts, {**how, "precision": precision}
        self._make = vectors or self._made

    @cached_property
    def vectors(self) -> EntityVectors:
        """Those of all entities."""
        return self._make()

    def _made(self) -> EntityVectors:
        texts, every = self._texts.whole(), np.arange(self._texts.count)
        return EntityVectors(
            self._model.entities(texts, every, **self._how), self._model.retriever.entity_cut(texts, every)
        )

    @property
    def at_once(self) -> int:
        """As many questions as have :data:`AT_ONCE` answers, and no fewer than :data:`AT_LEAST`."""
        return max(AT_LEAST, AT_ONCE // self._texts.count)

    def __call__(self, queries: Queries, known: TrueAnswers, on_questions: OnQuestions) -> Scored:
        """Score all entities as answers."""
        vectors, entity_cut = self.vectors  # which may have to be made: all else is soon done
        texts, given = self._texts.holding(queries.asked.given)
        asked = replace(queries.asked, given=given)
        questions = self._model.questions(texts, asked, on_batch=on_questions, **self._how)
        scores = questions @ vectors.T
        scores *= self._model.scale  # in place: these are as many as there are entities, for each question
        questions_cut = cuts_of("questions", self._model.retriever.cut(texts, asked))
        return Scored(scores, 0, cut={**questions_cut, **cuts_of("entities", entity_cut)})


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
