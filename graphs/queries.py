"""Questions to a knowledge graph as people write them: a triple with ``?`` for one of its parts."""

import csv
from typing import NamedTuple

import numpy as np

from graphs.errors import OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.lookup import the_entity, the_relation
from graphs.triples import SPLITS

BLANK = "?"


class EntityQuery(NamedTuple):
    """``given, relation, ?`` where a tail is asked for, else ``?, relation, given``."""

    given: int
    relation: int
    asks_tail: bool


class RelationQuery(NamedTuple):
    """``head, ?, tail``."""

    head: int
    tail: int


Query = EntityQuery | RelationQuery


def query_of(text: str, kg: KnowledgeGraph) -> Query:
    """Read a query; parts are found by name, then by label, alias or text.

    Tabs part it where there are any; else commas, and a name with a comma goes in quotation marks.
    Raises :class:`OptionsError` for another shape, or a part that names nothing or several things.
    """
    fields = _fields(text)
    if len(fields) != 3 or not all(fields) or fields.count(BLANK) != 1:
        raise OptionsError(
            f"the query {text!r}: expected 'head, relation, ?', '?, relation, tail' or 'head, ?, tail' "
            "(a name with a comma in quotation marks, or tabs between the three)"
        )
    head, relation, tail = fields
    if relation == BLANK:
        return RelationQuery(the_entity(kg, head), the_entity(kg, tail))
    asks_tail = tail == BLANK
    return EntityQuery(the_entity(kg, head if asks_tail else tail), the_relation(kg, relation), asks_tail)


def _fields(text: str) -> list[str]:
    """The parts of a query; none where quotation marks are astray."""
    if "\t" in text:
        return [field.strip() for field in text.split("\t")]
    try:
        return [field.strip() for field in next(csv.reader([text], skipinitialspace=True, strict=True), [])]
    except csv.Error:
        return []


def known_answers(kg: KnowledgeGraph, query: Query) -> dict[int, list[str]]:
    """The answers that the graph's true triples give, and the splits that each is in."""
    by_head = isinstance(query, RelationQuery) or query.asks_tail
    entity, direction = query[0], kg.by_head if by_head else kg.by_tail
    relations, others = direction.of(entity)
    rows = direction.rows(entity)
    triples = np.arange(rows.start, rows.stop) if by_head else kg.by_tail.triple[rows]
    true = kg.label[triples] == 1
    if isinstance(query, RelationQuery):
        here, answers = true & (others == query.tail), relations
    else:
        here, answers = true & (relations == query.relation), others
    found: dict[int, set[int]] = {}
    for answer, split in zip(answers[here].tolist(), kg.split[triples[here]].tolist(), strict=True):
        found.setdefault(answer, set()).add(split)
    return {answer: [SPLITS[split] for split in sorted(splits)] for answer, splits in found.items()}
