"""Which relation joins two entities, and how likely the one in question is."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from scipy.special import softmax

from graphs.errors import OnBad
from graphs.knowledge import KnowledgeGraph
from graphs.questions import Question
from graphs.types import EntityText
from kbert.scoring.cutter import TripleCutter
from kbert.scoring.question_texts import QuestionTexts, Worded
from kbert.triples.model import TripleModel


class RelationJudge:
    """Says of each pair of entities which relation is the best, and of the one in question how likely it is.

    Probabilities are the model's own: they add up to 1 over all relations, and are not calibrated.

    Args:
        model: a trained model of the task ``relation``
        kg: the graph that knows the entities
        labels: texts of entities that the graph does not have
        precision: what to compute in
    """

    columns: tuple[str, ...] = ("probability", "best", "best_probability", "unseen")
    needs: tuple[str, ...] = ("head", "tail")

    def __init__(
        self, model: TripleModel, kg: KnowledgeGraph, *, labels: Iterable[EntityText] = (), precision: torch.dtype
    ) -> None:
        self._model, self._precision = model, precision
        self._texts = QuestionTexts(model, kg, labels, reads_relation=False)
        self._cut = TripleCutter(model, reads_relation=False)
        self._numbers = {name: number for number, name in enumerate(model.relations)}

    def ask(self, questions: Sequence[Question], bad: OnBad) -> Worded:
        """The texts of some pairs; those without any that can be read, or of a relation not learnt, go to ``bad``."""
        return self._cut.readable(self._texts(questions, bad), bad)

    def judge(self, worded: Worded) -> list[dict[str, Any]]:
        """The probability of the relation in question (None where there is none), the best one, and its own."""
        texts, triples, which = self._cut(worded)
        outputs = self._model.outputs(texts, triples, precision=self._precision)
        share = softmax(outputs.astype(np.float64), axis=1)[which]
        asked = [self._numbers.get(question.relation) for question in worded.questions]
        own = [None if number is None else float(row[number]) for row, number in zip(share, asked, strict=True)]
        best = share.argmax(1)
        named = [self._model.relations[number] for number in best.tolist()]
        columns = (own, named, share[np.arange(len(share)), best].tolist(), worded.unseen)
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*columns, strict=True)]
