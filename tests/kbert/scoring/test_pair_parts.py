"""Pairs scored in parts, and which of their triples are wanted."""

from collections.abc import Sequence

import pytest

from graphs.errors import DataError, OnBad, Skipped, stop
from graphs.phrase_map import Meaning
from graphs.questions import Question
from kbert.scoring.judging import Judgement, Tally
from kbert.scoring.pair_parts import Chosen, in_pair_parts
from kbert.scoring.pairing import AllRelations, ByPhrase, Likeliest
from kbert.scoring.question_texts import Worded

PAIRS = [Question("x.tsv", line, f"e{line}", "", f"e{line + 1}", others=(line,)) for line in range(2, 9)]


class Counting:
    """The margin of a triple is the number in its relation, less that in its head; no head e4 is known."""

    columns: tuple[str, ...] = ("margin", "probability")
    needs: tuple[str, ...] = ("head", "relation", "tail")

    def ask(self, questions: Sequence[Question], bad: OnBad) -> Worded:
        rows = []
        for question in questions:
            if question.head == "e4":
                bad(question.error("a head", "e4"))
            else:
                rows.append((question, "", "", "", []))
        return Worded.of(rows)

    def judge(self, worded: Worded) -> list[Judgement]:
        margins = [float(question.relation) - int(question.head[1:]) for question in worded.questions]
        return [{"margin": margin, "probability": margin / 10 + 0.5} for margin in margins]


def answers(size: int, *, best: bool = False, accept: float | None = None, bad: OnBad = stop) -> list[tuple[str, ...]]:
    pairing = AllRelations(["1", "5", "3"])
    pairs = [pair for pair in PAIRS if bad is not stop or pair.head != "e4"]
    parts = in_pair_parts(Counting(), pairing, pairs, size=size, bad=bad, tally=Tally())
    return [
        (question.head, question.relation) for part in parts for question, _ in Chosen(part, best, accept).answers()
    ]


@pytest.mark.parametrize("size", [1, 3, 4, 7, 100])
def test_the_size_of_parts_makes_no_difference(size: int) -> None:
    heads = [pair.head for pair in PAIRS if pair.head != "e4"]
    assert answers(size) == [(head, relation) for head in heads for relation in ("1", "5", "3")]
    assert answers(size, best=True) == [(head, "5") for head in heads]
    assert answers(size, accept=0.7) == [("e2", "5"), ("e3", "5")]
    assert answers(size, best=True, accept=0.6) == [("e2", "5"), ("e3", "5")]
    assert answers(size, accept=0.6) == [("e2", "5"), ("e2", "3"), ("e3", "5")]


def test_a_pair_that_cannot_be_scored_is_one_bad_row() -> None:
    bad = Skipped(1)
    assert len(answers(100, bad=bad)) == 3 * (len(PAIRS) - 1)
    assert [error.line for error in bad.errors] == [4]


class Chooser(Counting):
    """Holds a relation for the likelier the smaller its number, knows no head e5, and counts what it is asked."""

    columns = ("probability", "best")
    answered = 0

    def ask(self, questions: Sequence[Question], bad: OnBad) -> Worded:
        return super().ask([one._replace(head="e4") if one.head == "e5" else one for one in questions], bad)

    def judge(self, worded: Worded) -> list[Judgement]:
        self.answered += len(worded.questions)
        return [{"probability": -int(question.relation)} for question in worded.questions]


@pytest.mark.parametrize("size", [1, 4, 100])
def test_relations_are_chosen_when_a_part_is_answered(size: int) -> None:
    chooser, bad, tally = Chooser(), Skipped(2), Tally()
    how = {"size": size, "bad": bad, "tally": tally, "likeliest": Likeliest(chooser, 2)}
    parts = list(in_pair_parts(Counting(), AllRelations(["5", "1", "3"]), PAIRS, **how))
    assert chooser.answered == 0
    assert ([error.line for error in bad.errors], tally.rows) == ([4, 5], 15)
    found = [(question.line, question.relation) for part in parts for question, _ in part.answers()]
    assert found == [(line, relation) for line in (2, 3, 6, 7, 8) for relation in ("1", "3")]
    assert chooser.answered == tally.rows


def test_pairs_of_which_nothing_is_known_to_ask() -> None:
    by_phrase, tally = ByPhrase({"5": [Meaning("9", False), Meaning("8", True)]}, ("phrase",)), Tally()
    pairs = [pair._replace(others=(str(pair.line),)) for pair in PAIRS]
    assert len(list(in_pair_parts(Counting(), by_phrase, pairs, size=4, bad=stop, tally=tally))) == 4
    assert (tally.pairs, tally.unknown, tally.rows) == (7, 6, 2)


def test_what_is_counted() -> None:
    tally, some = Tally(), PAIRS[:2]
    parts = list(in_pair_parts(Counting(), AllRelations(["1", "2"]), some, size=2, bad=stop, tally=tally))
    assert [Chosen(part, False, None).rows for part in parts] == [1, 1]
    assert (tally.pairs, tally.rows) == (2, 4)


@pytest.mark.parametrize("column", ["relation", "relation_text"])
def test_a_pair_with_a_relation(column: str) -> None:
    odd = PAIRS[0]._replace(**{column: "5"})
    with pytest.raises(DataError, match=r"x\.tsv:2: expected a pair without a relation \(--relations says .*'5'"):
        list(in_pair_parts(Counting(), AllRelations(["1"]), [odd], size=9, bad=stop, tally=Tally()))
    bad, tally = Skipped(1), Tally()
    (part,) = in_pair_parts(Counting(), AllRelations(["1"]), [odd, PAIRS[1]], size=9, bad=bad, tally=tally)
    assert [question.head for question, _ in part.answers()] == ["e3"]
    assert ([error.line for error in bad.errors], tally.pairs, part.rows) == ([2], 1, 2)
