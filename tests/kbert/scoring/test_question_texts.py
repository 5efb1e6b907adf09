"""Where the text of each part of a triple comes from, and which parts are unseen."""

from collections.abc import Callable

import pytest
import torch

from graphs.errors import DataError, Skipped, stop
from graphs.knowledge import KnowledgeGraph
from graphs.questions import Question
from graphs.types import EntityText, Triple
from kbert import backbone
from kbert.scoring.question_texts import QuestionTexts, Worded
from kbert.triples.model import TripleModel

LABELS = ['{"id": "paris", "label": "the city", "description": "apple good"}']


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([Triple("tim", "is", "cook"), Triple("paris", "city", "lyon")], LABELS)


@pytest.fixture(scope="module")
def model(encoder: Callable[[str], str]) -> TripleModel:
    torch.manual_seed(0)
    made = {"scorer": "kgbert", "task": "triple", "relations": ["is"], "entity_text": "both"}
    return TripleModel(**made, backbone=backbone.load(encoder("bert")))


def row(head: str, relation: str, tail: str, *texts: str) -> Question:
    return Question("f", 7, head, relation, tail, *texts)


def test_where_texts_come_from(model: TripleModel, kg: KnowledgeGraph) -> None:
    labels = [
        EntityText("new", "a film"),
        EntityText("new", None, "about a cook"),
        EntityText("paris", "not this"),
        EntityText("lead"),
        EntityText("led", "was led by", "never read"),
    ]
    rows = [
        row("paris", "is", "tim"),
        row("paris", "is", "tim", "own text", "own relation", "own tail"),
        row("new", "led", "lead"),
        row("nobody", "nothing", "never", "x", "y", "z"),
        row("cook", "city", "lyon", "", "", "z"),
    ]
    assert QuestionTexts(model, kg, labels)(rows, stop) == Worded(
        rows,
        ["the city, apple good", "own text", "a film, about a cook", "x", "cook"],
        ["is", "own relation", "was led by", "y", "city"],
        ["tim", "own tail", "lead", "z", "z"],
        [[], [], ["head", "relation", "tail"], ["head", "relation", "tail"], ["relation"]],
        [["tail"], [], ["tail"], [], ["head"]],
        [0] * 5,
        [False] * 5,
    )


@pytest.mark.parametrize(
    ("question", "part", "name"),
    [
        (row("zork", "is", "tim"), "head", "zork"),
        (row("tim", "zork", "tim"), "relation", "zork"),
        (row("tim", "is", "zork"), "tail", "zork"),
        (row("tim", "is", "blank"), "tail", "blank"),
    ],
)
def test_no_text(model: TripleModel, kg: KnowledgeGraph, question: Question, part: str, name: str) -> None:
    texts = QuestionTexts(model, kg, [EntityText("blank", " ")])
    place = rf"\(in a column {part}_text or in a labels file\)"
    with pytest.raises(
        DataError, match=rf"f:7: expected a {part} that the graph knows, or a .*{place}, found '{name}'"
    ):
        texts([question], stop)
    skipped, good = Skipped(1), row("tim", "is", "tim")
    assert texts([question, good], skipped).questions == [good]
    assert len(skipped.errors) == 1
    assert texts([question], Skipped(1)) == Worded.of([])
