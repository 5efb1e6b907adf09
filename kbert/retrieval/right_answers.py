"""Which of some entities are right answers to which of some questions: for a whole batch at once."""

import numpy as np
from jaxtyping import Bool

from graphs.tables import Ids, offsets_of, ranges
from kbert.triples.ids import Asked, TripleIds


class RightAnswers:
    """The right answers to every question that some triples answer.

    A question is looked up once, whatever the number of entities; its right answers are then sought
    among these, or these among them, whichever are fewer.
    """

    def __init__(self, triples: TripleIds, relations: int) -> None:
        self._relations = relations
        questions, answers = self._numbers(Asked.of(triples)), np.concatenate((triples.head, triples.tail))
        order = np.lexsort((answers, questions))
        self._answers = answers[order]
        self._questions, counts = np.unique(questions, return_counts=True)
        # Behind the last question stands one that nobody asks, for what is not found.
        self._questions, self._counts = np.append(self._questions, -1), np.append(counts, 0)
        self._starts = offsets_of(counts)

    def _numbers(self, asked: Asked) -> Ids:
        """A number for each question; below 64 bits for the largest graphs."""
        return np.asarray((asked.given.astype(np.int64) * self._relations + asked.relation) * 2 + asked.asks_tail)

    def among(self, asked: Asked, entities: Ids) -> Bool[np.ndarray, "questions entities"]:
        """Which entities are right; they must be distinct and in ascending order."""
        found = np.zeros((len(asked), len(entities)), dtype=bool)
        numbers = self._numbers(asked)
        place = np.searchsorted(self._questions[:-1], numbers)
        place[self._questions[place] != numbers] = len(self._questions) - 1
        starts, counts = self._starts[place], self._counts[place]
        has_many = counts > len(entities)
        for i in np.flatnonzero(has_many):
            own = self._answers[starts[i] : starts[i] + counts[i]]
            found[i] = own[np.minimum(np.searchsorted(own, entities), len(own) - 1)] == entities
        counts = np.where(has_many, 0, counts)
        question, answer = np.repeat(np.arange(len(asked)), counts), self._answers[ranges(starts, counts)]
        column = np.minimum(np.searchsorted(entities, answer), len(entities) - 1)
        is_here = entities[column] == answer
        found[question[is_here], column[is_here]] = True
        return found
