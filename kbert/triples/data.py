"""Triples that are known to be true or false, to measure a run on: a split of its graph, or a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graphs import labelled
from graphs.errors import DataError, OnBad, OptionsError, stop
from graphs.knowledge import KnowledgeGraph
from graphs.questions import Question
from graphs.tables import Ids
from kbert.triples.ids import LabelledIds, TripleIds, triples_of
from kbert.triples.negatives import TripleSet, draw


@dataclass(frozen=True, eq=False)
class TripleData:
    """Triples by name, each with its label (1, −1) among what it passes on.

    ``name`` is what messages call them; ``drawn`` says how many false ones were drawn for each true
    one, with which ``seed``, and ``group`` which of them belong together: the triples of a group have
    one number.
    """

    name: str
    questions: Sequence[Question]
    drawn: int = 0
    seed: int = 0
    group: Ids | None = None

    def __len__(self) -> int:
        """The number of triples."""
        return len(self.questions)

    @property
    def prior(self) -> float | None:
        """The share of true ones, where false ones were drawn and it is so by design; None where it is 0 or 1."""
        share = float(self.is_true.mean()) if self.drawn and len(self) else 0.0
        return share if 0 < share < 1 else None

    @cached_property
    def is_true(self) -> npt.NDArray[np.bool_]:
        """Which of them are true."""
        return np.array([label_of(question) for question in self.questions], np.int8) > 0

    @cached_property
    def digest(self) -> str:
        """What tells them from others: names, texts and labels in their order."""
        found = sha256()
        for question in self.questions:
            texts = (question.head_text, question.relation_text, question.tail_text)
            row = (question.head, question.relation, question.tail, *texts, str(label_of(question)))
            found.update(("\0".join(row) + "\n").encode())
        return found.hexdigest()

    def check_kinds(self) -> None:
        """Raise :class:`DataError` unless there are true and false ones: nothing is told apart otherwise."""
        kinds = set(map(label_of, self.questions))
        if kinds != {1, -1}:
            found = {1: "true ones alone", -1: "false ones alone"}[kinds.pop()] if kinds else "none"
            raise DataError(self.name, None, "true and false triples", found)

    def without(self, some: npt.NDArray[np.bool_]) -> "TripleData":
        """All but some of them; false ones that were drawn go with the true one they were drawn for."""
        if self.group is not None:
            some = some | np.isin(self.group, self.group[some & self.is_true])
        kept = [question for question, is_out in zip(self.questions, some.tolist(), strict=True) if not is_out]
        return replace(self, questions=kept, group=None if self.group is None else self.group[~some])

    def ids(self, kg: KnowledgeGraph) -> TripleIds:
        """Them by the ids of a graph; −1 for what it does not have."""
        relation = {name: i for i, name in enumerate(kg.relations)}
        heads, tails = (kg.ids([getattr(one, end) for one in self.questions]) for end in ("head", "tail"))
        return TripleIds.of(heads, [relation.get(question.relation, -1) for question in self.questions], tails)


def label_of(question: Question) -> int:
    """The label that a triple passes on."""
    return int(question.others[0])


def of_split(kg: KnowledgeGraph, split: str, *, negatives: int = 0, seed: int = 0) -> TripleData:
    """The triples of a split, in file order.

    Args:
        kg: the graph
        split: train, dev or test
        negatives: draw so many false triples for each true one, none of them true in any split
        seed: of the draw

    Raises :class:`DataError` for a split without triples, or with true ones alone where none are
    drawn, and :class:`OptionsError` where false ones are to be drawn that are there.
    """
    found, name = triples_of(kg, split), f"{split} of {kg.folder}"
    if not len(found.true):
        raise DataError(kg.folder, None, f"true triples in the split {split}", "none")
    if len(found.false) and negatives:
        raise OptionsError(f"{name} has {len(found.false):,} false triples of its own: leave out --negatives")
    (triples, label), group = found, None
    if negatives:
        true = TripleSet(triples_of(kg, "", "train", "dev", "test").true, len(kg), len(kg.relations))
        generator = np.random.default_rng((seed, 4))
        false = draw(triples, true, len(kg), count=negatives, generator=generator, where=name)
        triples = TripleIds.join(triples, false)
        group = np.concatenate((np.arange(len(label)), np.repeat(np.arange(len(label)), negatives)))
        label = np.where(np.arange(len(group)) < len(label), 1, -1).astype(np.int8)
    elif not len(found.false):
        expected = f"false triples, too, in the split {split} (--negatives 1 draws one for each true one; kbert rank"
        raise DataError(kg.folder, None, f"{expected} measures on true ones alone)", "none")
    questions = list(_named(kg, LabelledIds(triples, label), name))
    return TripleData(name, questions, negatives, seed if negatives else 0, group)


def _named(kg: KnowledgeGraph, found: LabelledIds, name: str) -> Iterator[Question]:
    heads, tails = (kg.names(ids).to_pylist() for ids in (found.triples.head, found.triples.tail))
    relations = [kg.relations[relation] for relation in found.triples.relation.tolist()]
    rows = zip(heads, relations, tails, found.label.tolist(), strict=True)
    for line, (head, relation, tail, label) in enumerate(rows, 1):
        yield Question(name, line, head, relation, tail, others=(label,))


def of_table(path: str | Path, *, bad: OnBad = stop) -> TripleData:
    """The triples of a file, as :func:`graphs.labelled.read` has them.

    Raises :class:`DataError` as that does, and for triples that are all true or all false.
    """
    questions = [row.question._replace(others=(row.label,)) for row in labelled.read(path, bad=bad)]
    data = TripleData(Path(path).name, questions)
    data.check_kinds()
    return data
