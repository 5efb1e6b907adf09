"""Triples made of pairs: by all relations, by phrases, and by a run on relations."""

from collections.abc import Sequence

import pytest

from graphs.errors import DataError, OnBad, OptionsError, Skipped, stop
from graphs.phrase_map import Meaning
from graphs.questions import Question
from kbert.scoring.judging import Judgement
from kbert.scoring.pairing import AllRelations, ByPhrase, Likeliest
from kbert.scoring.question_texts import Worded


def pair(line: int, head: str, tail: str, *others: str) -> Question:
    return Question("x.tsv", line, head, "", tail, head_text=head.upper(), others=others)


PAIRS = [pair(2, "ada", "brix", "Founded", "found"), pair(3, "brix", "bo", "was founded by", "be found by")]
PAIRS += [pair(4, "bo", "lyon", "saw", "see")]


def said(questions: Sequence[Question]) -> list[tuple[int, str, str, str]]:
    return [(one.line, one.head, one.relation, one.tail) for one in questions]


def test_all_relations() -> None:
    own = AllRelations(["a", "b"])
    assert said(own(PAIRS[:2])) == [
        (2, "ada", "a", "brix"),
        (2, "ada", "b", "brix"),
        (3, "brix", "a", "bo"),
        (3, "brix", "b", "bo"),
    ]
    both = AllRelations(["a", "b"], both_ways=True)
    assert said(both(PAIRS[:1])) == [
        (2, "ada", "a", "brix"),
        (2, "ada", "b", "brix"),
        (2, "brix", "a", "ada"),
        (2, "brix", "b", "ada"),
    ]
    assert (own.most, both.most) == (2, 4)
    turned = both(PAIRS[:1])[-1]
    assert (turned.head_text, turned.tail_text, turned.others) == ("", "ADA", PAIRS[0].others)


MEANINGS = {
    "founded": [Meaning("founder of", False)],
    "be found by": [Meaning("founder of", True), Meaning("child of", False)],
}


def test_what_phrases_mean() -> None:
    by_phrase = ByPhrase(MEANINGS, ("phrase", "lemmas"))
    found = [(2, "ada", "founder of", "brix"), (3, "bo", "founder of", "brix"), (3, "brix", "child of", "bo")]
    assert said(by_phrase(PAIRS)) == found
    phrase_alone = ByPhrase(MEANINGS, ("phrase", "other"))
    assert said(phrase_alone(PAIRS)) == found[:1]
    with pytest.raises(OptionsError, match="a table of phrases is for pairs with a column phrase or lemmas"):
        ByPhrase(MEANINGS, ("text",))


class Chooser:
    """Holds a relation for the likelier the longer its name; knows no entity that begins with x."""

    columns: tuple[str, ...] = ("probability", "best", "best_probability", "unseen")
    needs: tuple[str, ...] = ("head", "tail")

    def ask(self, questions: Sequence[Question], bad: OnBad) -> Worded:
        known = []
        for question in questions:
            if question.head.startswith("x"):
                bad(question.error("a head", "x"))
            else:
                known.append((question, "", "", "", []))
        return Worded.of(known)

    def judge(self, worded: Worded) -> list[Judgement]:
        return [{"probability": float(len(question.relation))} for question in worded.questions]


def test_the_likeliest_relations() -> None:
    asked = AllRelations(["b", "ccc", "dd"])(PAIRS[:2])
    assert said([asked[i] for i in Likeliest(Chooser(), 2)(asked)]) == [
        (2, "ada", "ccc", "brix"),
        (2, "ada", "dd", "brix"),
        (3, "brix", "ccc", "bo"),
        (3, "brix", "dd", "bo"),
    ]
    asked = ByPhrase(MEANINGS, ("phrase", "lemmas"))(PAIRS)
    assert [row[:2] for row in said([asked[i] for i in Likeliest(Chooser(), 1)(asked)])] == [(2, "ada"), (3, "bo")]


def test_what_the_run_can_read() -> None:
    likeliest, bad = Likeliest(Chooser(), 1), Skipped(2)
    asked = AllRelations(["b"])([pair(2, "x1", "a"), pair(3, "a", "b"), pair(4, "x2", "a")])
    assert said(likeliest.readable(asked, bad)) == [(3, "a", "b", "b")]
    assert [error.line for error in bad.errors] == [2, 4]
    with pytest.raises(DataError, match=r"x\.tsv:2: expected a head, found x"):
        likeliest.readable(asked, stop)


def test_relations_are_chosen_by_runs_on_relations_alone() -> None:
    chooser = Chooser()
    chooser.columns = ("margin",)
    with pytest.raises(OptionsError, match="a run of the task relation is needed to choose relations by"):
        Likeliest(chooser, 1)
