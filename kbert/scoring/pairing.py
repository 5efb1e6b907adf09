"""From pairs of entities to triples in question: the relations that a pair is asked about."""

from collections.abc import Sequence
from itertools import groupby
from typing import Protocol, runtime_checkable

from graphs.errors import DataError, OnBad, OptionsError, stop
from graphs.phrase_map import Meaning, PhraseMap, plain
from graphs.questions import Question
from kbert.scoring.judging import Judge

Pair = Question
"""Two entities that stand in a row together, without a relation."""

PHRASES = ("phrase", "lemmas")
"""Columns in which a phrase may stand: as it is written, and in basic forms."""


@runtime_checkable
class Pairing(Protocol):
    """What makes triples of pairs: those of the first pair, then those of the second, and so on."""

    most: int
    """How many are looked at for one pair at most."""

    def __call__(self, pairs: Sequence[Pair]) -> list[Question]:
        """The triples that pairs may be, none where nothing is known to ask; each has the place of its pair."""


class AllRelations:
    """Every relation for every pair.

    Args:
        relations: which there are
        both_ways: also with head and tail the other way round
    """

    def __init__(self, relations: Sequence[str], *, both_ways: bool = False) -> None:
        ways = (False, True) if both_ways else (False,)
        self._meanings = [Meaning(relation, inverse) for inverse in ways for relation in relations]
        self.most = len(self._meanings)

    def __call__(self, pairs: Sequence[Pair]) -> list[Question]:
        """As many triples for each pair."""
        return [_meant(pair, meaning) for pair in pairs for meaning in self._meanings]


class ByPhrase:
    """The relations that the phrase between two entities means; none where that is not known.

    Args:
        meanings: what phrases mean
        columns: what is passed on with a pair; a phrase is among it

    Raises :class:`OptionsError` where none is.
    """

    def __init__(self, meanings: PhraseMap, columns: Sequence[str]) -> None:
        self._meanings = meanings
        self._places = [columns.index(name) for name in PHRASES if name in columns]
        if not self._places:
            raise OptionsError(f"a table of phrases is for pairs with a column {' or '.join(PHRASES)}")
        self.most = len(self._places) * max(map(len, meanings.values()))

    def __call__(self, pairs: Sequence[Pair]) -> list[Question]:
        """The triples that phrases mean."""
        found = []
        for pair in pairs:
            phrases = dict.fromkeys(plain(str(pair.others[place])) for place in self._places)
            meanings = dict.fromkeys(meaning for phrase in phrases for meaning in self._meanings.get(phrase, ()))
            found += [_meant(pair, meaning) for meaning in meanings]
        return found


class Likeliest:
    """Of the triples that a pair may be, those that a run on relations holds for the likeliest.

    Args:
        judge: answers with the probability of a relation
        count: how many stay of each pair, the likeliest first
    """

    def __init__(self, judge: Judge, count: int) -> None:
        if "best" not in judge.columns:
            raise OptionsError("a run of the task relation is needed to choose relations by")
        self._judge, self._count = judge, count

    def readable(self, questions: Sequence[Question], bad: OnBad) -> list[Question]:
        """The triples that the run can read; the others go to ``bad``. The model is not asked."""
        return self._judge.ask(questions, bad).questions

    def __call__(self, questions: Sequence[Question]) -> list[int]:
        """The places of the likeliest triples of each pair, among some that the run can read."""
        probability = [answer["probability"] for answer in self._judge.judge(self._judge.ask(questions, stop))]
        found = []
        for _, own in groupby(range(len(questions)), key=lambda i: place_of(questions[i])):
            found += sorted(own, key=lambda i: -probability[i])[: self._count]
        return found


def place_of(question: Question) -> tuple[str, int]:
    """Where a triple, or the pair that it was made of, was read."""
    return question.file, question.line


def _meant(pair: Pair, meaning: Meaning) -> Question:
    """A pair with a relation."""
    if not meaning.inverse:
        return pair._replace(relation=meaning.relation)
    turned = pair._replace(head=pair.tail, tail=pair.head, head_text=pair.tail_text, tail_text=pair.head_text)
    return turned._replace(relation=meaning.relation)


def once_a_line(bad: OnBad) -> OnBad:
    """One error for a pair, of the many that its triples would make."""
    seen: set[tuple[str, int | None]] = set()

    def once(error: DataError) -> None:
        if (error.file, error.line) not in seen:
            seen.add((error.file, error.line))
            bad(error)

    return once
