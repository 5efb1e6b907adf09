"""Wrong answers that a retriever finds near: what a scorer of its best answers has to tell from the right ones."""

import numpy as np
import numpy.typing as npt

from graphs.options import check_range
from graphs.tables import Ids, offsets_of
from kbert.ranking.link_prediction import Answerer, OnQuestions, parts
from kbert.triples.ids import TripleIds
from kbert.triples.ranks import TrueAnswers


class Nearest:
    """The ``k`` nearest wrong answers to each question that the training triples ask.

    Wrong is what is true in no training triple; dev and test are not looked at. Raises
    :class:`OptionsError` for a ``k`` below 1.
    """

    def __init__(
        self,
        answerer: Answerer,
        train: TripleIds,
        *,
        k: int,
        on_questions: OnQuestions = lambda questions: None,
    ) -> None:
        check_range("nearest", k, 1)
        known = TrueAnswers(train)
        found: list[Ids] = []
        self._question = np.empty((2, len(train)), dtype=np.int64)
        for part in parts(train, answerer.at_once):
            scores = answerer(part, known, on_questions).scores
            for question in range(len(part)):
                side, triple = np.divmod(part.place[part.own(question)], len(train))
                self._question[side, triple] = len(found)
                found.append(nearest_rivals(scores[question], part.right(question, known), k))
        self._offsets = offsets_of(np.fromiter(map(len, found), np.int64, len(found)))
        self._found = np.concatenate(found)

    def __call__(self, which: Ids, asks_tail: npt.NDArray[np.bool_], generator: np.random.Generator) -> Ids:
        """One of the nearest, at random, for the tail or the head of training triples; −1 where all are right."""
        question = self._question[asks_tail.astype(np.int64), which]
        first, count = self._offsets[question], np.diff(self._offsets)[question]
        chosen = first + generator.integers(np.maximum(count, 1))
        return np.where(count > 0, np.append(self._found, -1)[chosen], -1)


def nearest_rivals(scores: npt.NDArray[np.floating], right: Ids, k: int) -> Ids:
    """The k entities of the highest scores, ascending by their ids; those that are right are left out."""
    rivals = scores.copy()
    rivals[right] = -np.inf
    k = min(k, len(scores) - len(right))
    return np.sort(np.argpartition(-rivals, k - 1)[:k]) if k else np.empty(0, dtype=np.int64)
