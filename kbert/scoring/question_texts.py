"""What a model reads of triples in question: texts that stand in their rows, in the graph, or in a file of labels."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from graphs.errors import DataError, OnBad, did_you_mean
from graphs.knowledge import KnowledgeGraph
from graphs.questions import PARTS, Question, is_visible
from graphs.types import EntityText
from kbert.triples.reader import TripleReader


class Worded(NamedTuple):
    """Triples in question with the texts of their parts.

    ``unseen`` names the parts that are new: entities that the graph does not have, a relation that
    the model was not trained on, and ``undescribed`` those entities that are read by their labels, though
    descriptions are asked for; ``cut`` is how many pieces there is no room for, once they are counted, and
    ``illegible`` whether a part is nothing to the encoder but pieces it does not know.
    """

    questions: list[Question]
    heads: list[str]
    relations: list[str]
    tails: list[str]
    unseen: list[list[str]]
    undescribed: list[list[str]]
    cut: list[int]
    illegible: list[bool]

    @classmethod
    def of(cls, rows: Sequence[tuple[Question, str, str, str, list[str]]]) -> "Worded":
        """From one row a triple; all described, legible, and none cut."""
        questions, heads, relations, tails, unseen = (
            map(list, zip(*rows, strict=True)) if rows else ([] for _ in range(5))
        )
        return cls(questions, heads, relations, tails, unseen, [[] for _ in rows], [0] * len(rows), [False] * len(rows))

    def where(self, places: Sequence[int]) -> "Worded":
        """Those at some places, in their order."""
        return Worded._make([column[i] for i in places] for column in self)


class QuestionTexts:
    """Finds the text of each part of a triple: that of its row, else the graph's, else that of the labels.

    Args:
        model: whose texts they are to be
        kg: the graph that knows entities and relations
        labels: what is said of others
        reads_relation: whether the model reads relations; else it can name those alone that it has learnt
    """

    def __init__(
        self,
        model: TripleReader,
        kg: KnowledgeGraph,
        labels: Iterable[EntityText] = (),
        *,
        reads_relation: bool = True,
    ) -> None:
        self._model, self._kg, self._reads_relation = model, kg, reads_relation
        self._relations: Mapping[str, str] = dict(zip(kg.relations, kg.relation_texts, strict=True))
        self._trained: Collection[str] = frozenset(model.relations)
        self._said: dict[str, tuple[str, str]] = {}
        for text in labels:
            label, description = self._said.get(text.name, ("", ""))
            self._said[text.name] = (text.label or label, text.description or description)

    def __call__(self, questions: Sequence[Question], bad: OnBad) -> Worded:
        """The texts of some triples.

        Raises :class:`DataError` (through ``bad``) for a triple with an entity or relation of which
        there is no text, or with a relation that the model cannot name.
        """
        known, bare = self._of_graph(questions)
        rows, undescribed = [], []
        for question in questions:
            try:
                texts = self._texts(question, known)
            except DataError as error:
                bad(error)
                continue
            knows_relation = not self._reads_relation or question.relation in self._trained
            seen = (question.head in known, knows_relation, question.tail in known)
            unseen = [part for part, is_seen in zip(PARTS, seen, strict=True) if not is_seen]
            rows.append((question, *texts, unseen))
            undescribed.append(self._undescribed(question, known, bare))
        return Worded.of(rows)._replace(undescribed=undescribed)

    def _of_graph(self, questions: Iterable[Question]) -> tuple[dict[str, str], set[str]]:
        """What the model calls the entities that the graph has, and those of them that lack a description."""
        names = list(dict.fromkeys(name for question in questions for name in (question.head, question.tail)))
        ids = self._kg.ids(names)
        there = np.flatnonzero(ids >= 0)
        found = [names[i] for i in there.tolist()]
        labels, descriptions = (texts(ids[there]).to_pylist() for texts in (self._kg.labels, self._kg.descriptions))
        bare = {name for name, description in zip(found, descriptions, strict=True) if self._model.lacks(description)}
        return dict(zip(found, map(self._model.called, labels, descriptions), strict=True)), bare

    def _undescribed(self, question: Question, known: Collection[str], bare: Collection[str]) -> list[str]:
        """Which entities of a triple are read by their labels, though descriptions are asked for."""
        ends = (("head", question.head, question.head_text), ("tail", question.tail, question.tail_text))
        return [
            part
            for part, name, text in ends
            if not text and (name in bare if name in known else self._model.lacks(self._said[name][1]))
        ]

    def _texts(self, question: Question, known: Mapping[str, str]) -> tuple[str, str, str]:
        """What is read of head, relation and tail."""
        return (
            question.head_text or known.get(question.head) or self._new(question, "head", question.head),
            self._relation(question),
            question.tail_text or known.get(question.tail) or self._new(question, "tail", question.tail),
        )

    def _relation(self, question: Question) -> str:
        name = question.relation
        if self._reads_relation:
            return question.relation_text or self._relations.get(name) or self._new(question, "relation", name)
        if name and name not in self._trained:
            expected = f"one of the {len(self._trained):,} relations that the run has learnt"
            raise question.error(expected, f"{name!r}{did_you_mean(name, self._model.relations)}")
        return ""

    def _new(self, question: Question, part: str, name: str) -> str:
        """The text that the labels have for what the graph does not know."""
        label, description = self._said.get(name, ("", ""))
        text = label or name if part == "relation" else self._model.called(label or name, description)
        if name not in self._said or not is_visible(text):
            place = f"in a column {part}_text or in a labels file"
            raise question.error(f"a {part} that the graph knows, or a text of it ({place})", repr(name))
        return text
