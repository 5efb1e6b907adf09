"""Scoring any triples: each row answered, in the order of the rows, a fixed number of them at a time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, Protocol, runtime_checkable

from graphs.errors import OnBad, stop
from graphs.questions import Question
from graphs.repeats import Repeats
from kbert.scoring.question_texts import Worded
from kbert.triples.texts import cut_counts

Judgement = dict[str, Any]
"""What is said of one triple, by the names of :attr:`Judge.columns`."""


@runtime_checkable
class Judge(Protocol):
    """What answers triples in question."""

    columns: tuple[str, ...]
    """What an answer holds."""
    needs: tuple[str, ...]
    """Which of head, relation and tail a question must have."""

    def ask(self, questions: Sequence[Question], bad: OnBad) -> Worded:
        """The texts of some triples; those that have none go to ``bad``."""

    def judge(self, worded: Worded) -> list[Judgement]:
        """What is said of each."""


@dataclass
class Tally:
    """What was asked: triples, those with an unseen part (by part), and those that an earlier row asked about.

    ``pairs`` counts the rows that triples were made of, where rows are pairs of entities, and ``unknown``
    those of which nothing was known to ask. ``written`` are the rows that went out, where only some do.
    ``cut`` counts triples with more pieces than there is room for, and these pieces; ``undescribed`` the triples
    with an entity that is read by its label, though its description is asked for, ``illegible`` those with a part
    of which the encoder knows no piece.
    """

    rows: int = 0
    written: int = 0
    pairs: int = 0
    unknown: int = 0
    unseen: Counter[str] = field(default_factory=Counter)
    repeats: Repeats = field(default_factory=Repeats)
    cut: Counter[str] = field(default_factory=lambda: Counter(triples=0, pieces=0))
    undescribed: int = 0
    illegible: int = 0

    def add(self, worded: Worded) -> None:
        """Count some more."""
        self.rows += len(worded.questions)
        self.repeats.add(worded.questions)
        self.unseen.update(part for parts in worded.unseen for part in parts)
        self.cut.update(cut_counts(worded.cut))
        self.undescribed += sum(map(bool, worded.undescribed))
        self.illegible += sum(worded.illegible)


class Part(NamedTuple):
    """Some triples that are answered together, and how many rows they were read from."""

    judge: Judge
    worded: Worded
    rows: int

    def answers(self) -> Iterator[tuple[Question, Judgement]]:
        """Each row with its answer."""
        return zip(self.worded.questions, self.judge.judge(self.worded), strict=True)


def in_parts(
    judge: Judge,
    questions: Iterable[Question],
    *,
    size: int = 10_000,
    bad: OnBad = stop,
    tally: Tally | None = None,
) -> Iterator[Part]:
    """So many rows at a time, not yet answered. Rows that cannot be go to ``bad``, the others are counted."""
    stream = iter(questions)
    while some := list(islice(stream, size)):
        worded = judge.ask(some, bad)
        if tally is not None:
            tally.add(worded)
        yield Part(judge, worded, len(some))
