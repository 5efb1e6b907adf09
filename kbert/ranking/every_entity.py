"""Answers by a model that reads whole triples: every entity in the place asked for, exactly.

A question costs one pass of the encoder for each entity. What can be saved is saved: texts are cut
once, other right answers are not read, a triple that belongs to a question about its head and to one
about its tail is read once, and batches hold triples of one length.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from kbert.ranking.cuts import cuts_of
from kbert.ranking.link_prediction import OnQuestions, Scored
from kbert.triples.model import TripleModel
from kbert.triples.ranks import Queries, TrueAnswers
from kbert.triples.texts import TextSupply

AT_ONCE = 2**16
"""Triples scored together: enough to share them and to sort them by length, few enough to lose."""


class EveryEntity:
    """Scores each entity by the margin of the triple it makes.

    Args:
        model: of the task ``triple``
        texts: of the entities that may be the answer, and of the relations
        precision: what the encoder computes in
        how: what :meth:`TripleModel.outputs` takes beside
    """

    def __init__(self, model: TripleModel, texts: TextSupply, *, precision: torch.dtype, **how: Any) -> None:
        self._model, self._texts, self._how = model, texts, {**how, "precision": precision}

    @property
    def at_once(self) -> int:
        """As many questions as have :data:`AT_ONCE` answers."""
        return max(1, AT_ONCE // self._texts.count)

    def __call__(self, queries: Queries, known: TrueAnswers, on_questions: OnQuestions) -> Scored:
        """Score all entities but right answers that are not in question: no rank counts these, they get −∞."""
        entities = self._texts.count
        scores = np.full((len(queries), entities), -np.inf, dtype=np.float32)
        question, entity = np.nonzero(self._counts(queries, known))
        if not len(entity):  # every entity is a right answer
            on_questions(len(queries))
            return Scored(scores, 0)
        asked = queries.asked.where(question).with_answers(entity)
        # Few relations are in a part: by their numbers among these, keys fit 64 bits however large the graph.
        relation = np.unique(asked.relation, return_inverse=True)[1]
        keys = (relation * entities + asked.head) * entities + asked.tail
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        share = len(queries) / len(first)
        texts, asked = self._texts.whole(), asked.where(first)
        margins = self._model.margins(texts, asked, on_batch=lambda triples: on_questions(triples * share), **self._how)
        scores[question, entity] = margins[which]
        return Scored(scores, len(first), cut=cuts_of("triples", self._model.cut(texts, asked)))

    def _counts(self, queries: Queries, known: TrueAnswers) -> npt.NDArray[np.bool_]:
        """Which entities count for which question, ``[questions, entities]``."""
        counts = np.ones((len(queries), self._texts.count), dtype=bool)
        for question in range(len(queries)):
            counts[question, queries.right(question, known)] = False
            counts[question, queries.answers[queries.own(question)]] = True
        return counts
