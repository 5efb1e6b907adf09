"""Answers in two stages: a retriever names the k nearest entities, a scorer reads these and puts them in order.

What the scorer costs then hangs on k, and no more on how many entities there are. An answer that is
not among the k keeps its place behind them, so that ranks are of all entities still.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from graphs.options import check_range
from graphs.tables import Ids
from kbert.ranking.cuts import cuts_of, joined
from kbert.ranking.link_prediction import Answerer, Flags, OnQuestions, Scored
from kbert.ranking.nearest import nearest_rivals
from kbert.triples.model import TripleModel
from kbert.triples.ranks import Queries, TrueAnswers, realistic_ranks
from kbert.triples.texts import TextSupply

AT_ONCE = 2**15
"""Triples that are read together."""


class TwoStage:
    """The order of the ``k`` best by a scorer, of all others by the retriever.

    The k best are those that a ranking counts: other right answers are not among them. An answer in
    question is read too if its own rank, the mean of its places among equals, is at most k.

    Args:
        retriever: gives scores to all entities
        model: of the task ``triple``
        texts: as ``model`` reads them
        k: how many rivals are read for a question
        retriever_weight: how much of the retriever's score is added to the margin of what is read
        precision: what the encoder computes in
        how: what :meth:`TripleModel.outputs` takes beside

    Raises :class:`OptionsError` for a ``k`` below 1.
    """

    def __init__(
        self,
        retriever: Answerer,
        model: TripleModel,
        texts: TextSupply,
        *,
        k: int,
        retriever_weight: float = 0.0,
        precision: torch.dtype,
        **how: Any,
    ) -> None:
        check_range("k", k, 1)
        self._retriever, self._model, self._texts = retriever, model, texts
        self._k, self._weight, self._how = k, retriever_weight, {**how, "precision": precision}

    @property
    def at_once(self) -> int:
        """As many questions as have :data:`AT_ONCE` triples to be read, and as the retriever takes."""
        return min(self._retriever.at_once, max(1, AT_ONCE // self._k))

    def __call__(self, queries: Queries, known: TrueAnswers, on_questions: OnQuestions) -> Scored:
        """Score all entities: those that were read above those that were not."""
        near, _, _, near_cut = self._retriever(queries, known, lambda questions: None)
        chosen, held = self._chosen(near, queries, known)
        question = np.repeat(np.arange(len(queries)), list(map(len, chosen)))
        entity = np.concatenate(chosen)
        if not len(entity):  # every entity is a right answer
            on_questions(len(queries))
            return Scored(near, 0, held, near_cut)
        triples = queries.asked.where(question).with_answers(entity)
        share = len(queries) / len(triples)
        texts, ends = self._texts.holding(np.concatenate((triples.head, triples.tail)))
        head, tail = np.split(ends, 2)
        numbered = replace(triples, head=head, tail=tail)
        read = self._model.margins(
            texts,
            numbered,
            on_batch=lambda count: on_questions(count * share),
            **self._how,
        )
        first = read + self._weight * near[question, entity]
        # In float64 no two scores that differ become equal by being moved below the others.
        scores = near.astype(np.float64)
        for shift in (-near.max(), first.min(), -1):
            scores += shift
        scores[question, entity] = first
        cut = joined((near_cut, cuts_of("triples", self._model.cut(texts, numbered))))
        return Scored(scores, len(triples), held, cut)

    def _chosen(self, near: npt.NDArray[np.floating], queries: Queries, known: TrueAnswers) -> tuple[list[Ids], Flags]:
        """The entities to read for each question, and which answers in question are among them."""
        chosen, held = [], np.zeros(len(queries.answers), dtype=bool)
        for number in range(len(queries)):
            own = queries.own(number)
            answers, right = queries.answers[own], queries.right(number, known)
            best = nearest_rivals(near[number], np.union1d(right, answers), self._k)
            held[own] = realistic_ranks(near[number], answers, right).rank <= self._k
            chosen.append(np.sort(np.concatenate((best, answers[held[own]]))))
        return chosen, held
