"""How likely triples are: margins, probabilities, and what is held for true."""

from collections.abc import Iterable, Sequence
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import torch

from graphs.errors import OnBad, OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.options import check_choice, check_range, check_share
from graphs.questions import PARTS, Question
from graphs.types import EntityText
from kbert.scoring.cutter import TripleCutter
from kbert.scoring.question_texts import QuestionTexts, Worded
from kbert.triples.calibration import Calibration
from kbert.triples.reader import TripleReader
from kbert.triples.thresholds import Choice


class TripleJudge:
    """Says of each triple how much more it is held for true than for false, and how likely it is.

    Args:
        model: a trained model
        kg: the graph that knows entities and relations
        calibration: how margins are to be read; without one there are margins alone
        labels: texts of entities and relations that the graph does not have
        prior: the share of the triples in question that is true, if it is another than that of dev
        threshold: from where a triple is held for true: one margin for all, one for each relation, or a
            probability; without it what did better on dev
        precision: what to compute in

    Raises :class:`OptionsError` for a prior or a threshold without a calibration, and for what is none: a
    prior is above 0 and below 1, a probability from 0 to 1.
    """

    columns: tuple[str, ...] = ("margin", "probability", "true", "unseen")
    needs: tuple[str, ...] = PARTS

    def __init__(
        self,
        model: TripleReader,
        kg: KnowledgeGraph,
        calibration: Calibration | None,
        *,
        labels: Iterable[EntityText] = (),
        prior: float | None = None,
        threshold: Choice | float | None = None,
        precision: torch.dtype,
    ) -> None:
        if calibration is None and (prior, threshold) != (None, None):
            raise OptionsError("a prior and a threshold are for calibrated runs: this one has margins alone")
        self._model, self._precision, self._calibration = model, precision, calibration
        self._prior, self._threshold = _checked(prior, threshold)
        self._texts, self._cut = QuestionTexts(model, kg, labels), TripleCutter(model)

    def ask(self, questions: Sequence[Question], bad: OnBad) -> Worded:
        """The texts of some triples; those that have none that can be read go to ``bad``."""
        return self._cut.readable(self._texts(questions, bad), bad)

    def judge(self, worded: Worded) -> list[dict[str, Any]]:
        """Margin, probability, whether it is held for true, and unseen parts; None for what is not known."""
        texts, triples, which = self._cut(worded)
        margin = self._model.margins(texts, triples, precision=self._precision)[which]
        columns = (margin.tolist(), *self._read(margin, worded), worded.unseen)
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*columns, strict=True)]

    def _read(self, margin: npt.NDArray[np.float32], worded: Worded) -> tuple[list[Any], list[Any]]:
        """Probabilities, and what is held for true."""
        if self._calibration is None:
            return [None] * len(margin), [None] * len(margin)
        probability = self._calibration.probability(margin, prior=self._prior)
        if isinstance(self._threshold, float):
            return probability.tolist(), (probability >= self._threshold).tolist()
        relations = [question.relation for question in worded.questions]
        is_true = self._calibration.is_true(margin, relations, choice=self._threshold, prior=self._prior)
        return probability.tolist(), is_true.tolist()


def _checked(prior: float | None, threshold: Choice | float | None) -> tuple[float | None, Choice | float | None]:
    """A prior and a threshold that are such, a probability as a number with a point."""
    if prior is not None:
        check_share("prior", prior)
    if threshold is None:
        return prior, None
    if isinstance(threshold, str):
        check_choice("threshold", threshold, get_args(Choice))
        return prior, threshold
    check_range("threshold", threshold, 0, most=1)
    return prior, float(threshold)
