"""Answers by an embedding: the vector of a question is compared with those of all entities."""

import numpy as np
import torch

from kbert.entities.embedding import Embedding
from kbert.entities.table_file import AT_ONCE
from kbert.ranking.link_prediction import OnQuestions, Scored, compared_at_once
from kbert.triples.ranks import Queries, TrueAnswers


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
        """Score all entities as answers, some at a time: a method may need as much memory again as their vectors."""
        embedding = self._embedding
        questions = embedding.questions(queries.asked)
        scores = np.empty((len(queries), len(embedding)), np.float32)
        for start in range(0, len(embedding), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            scores[:, some] = embedding.method.compare(questions, embedding.entities[some]).numpy()
        on_questions(len(queries))
        return Scored(scores, 0)
