"""Scoring any triples: each row answered, in the order of the rows, a fixed number of them at a time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch

from graphs.errors import OnBad
from graphs.knowledge import KnowledgeGraph
from graphs.questions import Question
from graphs.repeats import Repeats
from graphs.tables import distinct
from graphs.types import EntityText
from kbert.phrase_cache import PhraseCache
from kbert.question_texts import QuestionTexts, Worded
from kbert.triple_ids import TripleIds
from kbert.triple_reader import TripleReader
from kbert.triple_texts import TripleTexts

Answer = dict[str, Any]
"""What is said of one triple, by the names of :attr:`Scorer.columns`."""


@runtime_checkable
class Scorer(Protocol):
    """What answers triples in question."""

    columns: tuple[str, ...]
    """What an answer holds."""

    def ask(self, questions: Sequence[Question], bad: OnBad) -> Worded:
        """The texts of some triples; those that have none go to ``bad``."""

    def answer(self, asked: Worded) -> list[Answer]:
        """What is said of each."""


class TripleScorer:
    """Says of each triple how much more it is held for true than for false.

    Args:
        model: a trained model
        kg: the graph that knows entities and relations
        labels: texts of entities and relations that the graph does not have
        precision: what to compute in
    """

    columns: tuple[str, ...] = ("margin", "unseen")

    def __init__(
        self,
        model: TripleReader,
        kg: KnowledgeGraph,
        *,
        labels: Iterable[EntityText] = (),
        precision: torch.dtype,
    ) -> None:
        self._model, self._precision = model, precision
        self.ask = QuestionTexts(model, kg, labels)
        self._entities = PhraseCache(lambda texts: model.phrases(texts, texts))
        self._relations = PhraseCache(lambda texts: model.phrases(texts, texts))

    def answer(self, asked: Worded) -> list[Answer]:
        """Margin and unseen parts."""
        margins = self._margins(asked).tolist()
        return [{"margin": margin, "unseen": unseen} for margin, unseen in zip(margins, asked.unseen, strict=True)]

    def _margins(self, asked: Worded) -> npt.NDArray[np.float32]:
        """The margin of each triple; equal ones are scored once."""
        entities, which = self._entities([*asked.heads, *asked.tails])
        relations, relation = self._relations(asked.relations)
        head, tail = np.split(which, 2)
        first, place = distinct(np.stack((head, relation, tail), axis=1))
        triples = TripleIds.of(head[first], relation[first], tail[first])
        margins = self._model.margins(TripleTexts(entities, relations), triples, precision=self._precision)
        return margins[place]


@dataclass
class Tally:
    """What was asked: rows, those with an unseen part (by part), and rows that say again what an earlier one says."""

    rows: int = 0
    unseen: Counter[str] = field(default_factory=Counter)
    repeats: Repeats = field(default_factory=Repeats)

    def add(self, asked: Worded) -> None:
        """Count some more."""
        self.rows += len(asked.questions)
        self.repeats.add(asked.questions)
        self.unseen.update(part for parts in asked.unseen for part in parts)


class Part(NamedTuple):
    """Some rows that are answered together."""

    scorer: Scorer
    asked: Worded

    def answers(self) -> Iterator[tuple[Question, Answer]]:
        """Each row with its answer."""
        return zip(self.asked.questions, self.scorer.answer(self.asked), strict=True)


def in_parts(scorer: Scorer, questions: Iterable[Question], *, size: int, bad: OnBad, tally: Tally) -> Iterator[Part]:
    """So many rows at a time, not yet answered. Rows that cannot be go to ``bad``, the others are counted."""
    stream = iter(questions)
    while some := list(islice(stream, size)):
        asked = scorer.ask(some, bad)
        tally.add(asked)
        yield Part(scorer, asked)
