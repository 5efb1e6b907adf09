"""Answers by an embedding: the vector of a question is compared with those of all entities."""

import numpy as np
import torch

from kbert.embedding_model import Embedding
from kbert.link_prediction import OnQuestions, Scored, compared_at_once
from kbert.ranking import Queries, TrueAnswers


class ByEmbedding:
    """Scores each entity as the answer to each question."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding

    @property
    def at_once(self) -> int:
        """As many questions as scores can be held of."""
        return compared_at_once(len(self._embedding))

    @torch.no_grad()
    def __call__(self, queries: Queries, known: TrueAnswers, on_questions: OnQuestions) -> Scored:
        """Score all entities as answers."""
        embedding = self._embedding
        scores = embedding.method.compare(embedding.questions(queries.asked), embedding.entities)
        on_questions(len(queries))
        return Scored(np.asarray(scores.numpy(), np.float32), 0)
