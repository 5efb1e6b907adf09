"""Scoring pairs of entities: each becomes triples, of which some are wanted."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import NamedTuple

from graphs.errors import OnBad
from graphs.questions import Question
from kbert.scoring.judging import Judge, Judgement, Part, Tally
from kbert.scoring.pairing import Likeliest, Pair, Pairing, once_a_line, place_of
from kbert.scoring.question_texts import Worded


class PairPart(NamedTuple):
    """The triples of some pairs, those of a pair together, and how many rows they were read from.

    With ``likeliest`` only those are answered that it chooses.
    """

    judge: Judge
    worded: Worded
    rows: int
    likeliest: Likeliest | None

    def answers(self) -> Iterator[tuple[Question, Judgement]]:
        """Each triple with its answer."""
        worded = self.worded
        if self.likeliest is not None:
            worded = worded.where(self.likeliest(worded.questions))
        return zip(worded.questions, self.judge.judge(worded), strict=True)


def in_pair_parts(
    judge: Judge,
    pairing: Pairing,
    rows: Iterable[Pair],
    *,
    size: int,
    bad: OnBad,
    tally: Tally,
    likeliest: Likeliest | None = None,
) -> Iterator[PairPart]:
    """The triples of some pairs at a time, about ``size`` of them, not yet answered.

    Pairs that cannot be read go to ``bad``, as does one that has a relation already. No model is
    asked for that, and ``tally`` counts the triples from which ``likeliest`` is to choose.
    """
    stream = iter(rows)
    while some := list(islice(stream, max(1, size // pairing.most))):
        pairs = [pair for pair in some if _is_pair(pair, bad)]
        questions, once = pairing(pairs), once_a_line(bad)
        tally.pairs += len(pairs)
        tally.unknown += len(pairs) - len(set(map(place_of, questions)))
        if likeliest is not None:
            questions = likeliest.readable(questions, once)
        worded = judge.ask(questions, once)
        tally.add(worded)
        yield PairPart(judge, worded, len(some), likeliest)


def _is_pair(row: Question, bad: OnBad) -> bool:
    """Whether a row leaves its relation open; one that does not goes to ``bad``."""
    said = row.relation or row.relation_text
    if said:
        bad(row.error("a pair without a relation (--relations says which to ask about)", repr(said)))
    return not said


class Chosen(NamedTuple):
    """Of a part those triples that are wanted.

    ``best`` keeps that of the largest margin of each pair, and ``accept`` what is at least so probable.
    """

    part: Part | PairPart
    best: bool
    accept: float | None

    @property
    def rows(self) -> int:
        """How many rows its triples were read from."""
        return self.part.rows

    def answers(self) -> Iterator[tuple[Question, Judgement]]:
        """Each triple that is wanted with its answer."""
        answered = self.part.answers()
        if self.best:
            pairs = groupby(answered, key=lambda row: place_of(row[0]))
            answered = (max(own, key=lambda row: float(row[1]["margin"])) for _, own in pairs)
        for question, answer in answered:
            if self.accept is None or answer["probability"] >= self.accept:
                yield question, answer
