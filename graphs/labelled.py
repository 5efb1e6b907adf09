"""Triples that a table calls true or false: rows of head, relation, tail and label."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from graphs.errors import DataError, OnBad, shown, stop
from graphs.formats._values import LABEL, LABELS
from graphs.questions import PARTS, Question
from graphs.questions import read as read_questions


class LabelledQuestion(NamedTuple):
    """A triple by names with its place, and whether it is true (1) or false (−1)."""

    question: Question
    label: int


def read(path: str | Path, *, bad: OnBad = stop) -> Iterator[LabelledQuestion]:
    """The triples of a file (``-`` is standard input), line by line.

    The file is as :func:`graphs.questions.read` has it, with a column ``label``; without a header
    it has four columns, the label last. Raises :class:`DataError` as that does, and through ``bad``
    for a label other than 1, −1 and 0.
    """
    columns = (*PARTS, "label")
    opened = read_questions(path, needs=columns, plain=(columns,), bad=bad)
    place = opened.others.index("label")
    for question in opened.rows:
        written = question.others[place]
        label = LABELS.get(str(written).encode())
        if label is None:
            bad(DataError(question.file, question.line, LABEL, shown(written)))
        else:
            yield LabelledQuestion(question, label)
