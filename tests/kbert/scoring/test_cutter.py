"""Triples of texts as ids: what they read, and that each distinct one is there once."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from graphs.errors import DataError, Skipped, stop
from graphs.questions import PARTS, Question
from kbert import backbone
from kbert.scoring.cutter import TripleCutter
from kbert.scoring.question_texts import Worded
from kbert.triples.model import TripleModel
from kbert.triples.texts import Phrases

ROWS = [
    ("tim", "is", "cook"),
    ("cook", "is", "tim"),
    ("tim", "is", "cook"),
    ("tim", "city", "cook"),
    ("tim", "is", "a"),
]


@pytest.fixture(scope="module")
def model(encoder: Callable[[str], str]) -> TripleModel:
    torch.manual_seed(0)
    return TripleModel(scorer="kgbert", task="triple", relations=["is"], backbone=backbone.load(encoder("bert")))


@pytest.fixture(scope="module")
def namer(encoder: Callable[[str], str]) -> TripleModel:
    """A model that reads no relation."""
    return TripleModel(scorer="kgbert", task="relation", relations=["is"], backbone=backbone.load(encoder("bert")))


def worded(rows: list[tuple[str, str, str]]) -> Worded:
    return Worded.of([(Question("f", 1, *row), *row, []) for row in rows])


def words(model: TripleModel, phrases: Phrases, which: np.ndarray) -> list[str]:
    return [" ".join(model.encoder.piece_names(phrases.take(np.array([i])).ids.tolist())) for i in which.tolist()]


def test_what_is_read(model: TripleModel) -> None:
    cutter = TripleCutter(model)
    for rows in (ROWS, ROWS[::-1], []):
        texts, triples, which = cutter(worded(rows))
        sides = [(texts.entities, triples.head), (texts.relations, triples.relation), (texts.entities, triples.tail)]
        read = list(zip(*(words(model, *side) for side in sides), strict=True))
        assert read == list(dict.fromkeys(rows))
        assert [read[i] for i in which] == rows


@pytest.mark.parametrize(("place", "part"), list(enumerate(PARTS)))
def test_what_cannot_be_read(model: TripleModel, namer: TripleModel, place: int, part: str) -> None:
    """It is said with its line, and the other triples are read."""
    row = list(ROWS[1])
    row[place] = "\u200b"
    some = worded([ROWS[0], (row[0], row[1], row[2]), ROWS[2]])
    expected = rf"f:1: expected a text of the {part} that the encoder can read, found '\\u200b'"
    some.questions[0], some.questions[2] = (question._replace(line=7) for question in some.questions[::2])
    with pytest.raises(DataError, match=expected):
        TripleCutter(model).readable(some, stop)
    skipped = Skipped(1)
    assert TripleCutter(model).readable(some, skipped) == some.where([0, 2])
    assert [error.line for error in skipped.errors] == [1]
    pairs = TripleCutter(namer, reads_relation=False)
    assert len(pairs.readable(some, Skipped(1)).questions) == (3 if part == "relation" else 2)
    assert pairs.readable(worded([]), stop) == worded([])


def test_pairs(model: TripleModel) -> None:
    texts, triples, which = TripleCutter(model, reads_relation=False)(worded(ROWS))
    assert which.tolist() == [0, 1, 0, 0, 2]
    assert len(texts.relations) == 0
    assert len(triples) == 3


def test_what_was_cut_before_changes_nothing(model: TripleModel) -> None:
    used = TripleCutter(model)
    used(worded([("lyon", "city", "paris"), *ROWS[::-1]]))
    (texts, triples, which), (other, others, whiches) = TripleCutter(model)(worded(ROWS)), used(worded(ROWS))
    for one, two in zip((*triples.columns, which), (*others.columns, whiches), strict=True):
        assert one.tolist() == two.tolist()
    for one, two in ((texts.entities, other.entities), (texts.relations, other.relations)):
        assert (one.ids.tolist(), one.offsets.tolist()) == (two.ids.tolist(), two.offsets.tolist())
