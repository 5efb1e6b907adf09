"""Answers by a retriever: every entity is a vector, a question is one more, and the nearest are the answers."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from kbert.ranking.cuts import cuts_of
from kbert.ranking.link_prediction import OnQuestions, Scored, compared_at_once
from kbert.retrieval.model import EntityVectors, RetrievalModel
from kbert.triples.ranks import Queries, TrueAnswers
from kbert.triples.texts import TextSupply


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
        """As many questions as scores can be held of."""
        return compared_at_once(self._texts.count)

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
