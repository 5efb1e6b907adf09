"""Rows that ask again, against a set of what was asked."""

from hypothesis import given
from hypothesis import strategies as st

from graphs.questions import Question
from graphs.repeats import Repeats

NAME = st.sampled_from(["a", "b", ""])
ROW = st.tuples(NAME, NAME, NAME, NAME)


@given(st.lists(st.lists(ROW, max_size=9), max_size=5))
def test_as_a_set(parts):
    repeats, seen, expected = Repeats(), set(), []
    for part in parts:
        questions = [Question("f", len(seen), *row[:3], head_text=row[3], others=(i,)) for i, row in enumerate(part)]
        for question, row in zip(questions, part, strict=True):
            expected += [question] * (row in seen)
            seen.add(row)
        repeats.add(questions)
    assert repeats.count == len(expected)
    assert repeats.first is (expected[0] if expected else None)
