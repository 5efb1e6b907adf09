"""Answers about triples as lines: tab-separated under a header, or JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from graphs.formats.tsv import OPTIONAL
from graphs.json_text import json_text
from graphs.questions import Question

TRIPLE = ("head", "relation", "tail")
DIGITS = 6
"""Significant digits of numbers: more than a margin has that was computed in 16 bits."""


def taken_names(columns: Sequence[str], *, for_import: bool) -> dict[str, str]:
    """The names that no column of the input may have, and why not.

    Args:
        columns: what is said of triples
        for_import: the lines are for ``kbert kg import``, which would read a label or a weight as the triple's own
    """
    imported = dict.fromkeys(OPTIONAL, "kbert kg import reads (leave it out, or --accept)") if for_import else {}
    return {**imported, **dict.fromkeys(columns, "answers have")}


class Lines:
    """Head, relation and tail, then what is said of them, then their texts and the columns that came with them.

    Args:
        columns: what is said
        texts: the columns of texts
        others: the columns that are passed on
        as_json: write JSON lines
    """

    def __init__(self, columns: Sequence[str], texts: Sequence[str], others: Sequence[str], *, as_json: bool) -> None:
        self._columns, self._texts, self._as_json = columns, texts, as_json
        self._names = (*TRIPLE, *columns, *texts, *others)

    @property
    def header(self) -> list[str]:
        """The line before all others; JSON has none."""
        return [] if self._as_json else ["\t".join(self._names)]

    def line(self, question: Question, answer: Mapping[str, Any]) -> str:
        """One row with its answer."""
        triple, said = (question.head, question.relation, question.tail), [answer[name] for name in self._columns]
        passed = (*(getattr(question, name) for name in self._texts), *question.others)
        if self._as_json:
            return json_text(dict(zip(self._names, (*triple, *map(_rounded, said), *passed), strict=True)))
        return "\t".join((*map(_cell, triple), *map(_said, said), *map(_cell, passed)))


def _rounded(value: Any) -> Any:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _said(value: Any) -> str:
    """A value of ours as a cell: nothing for None, several with commas between them."""
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else value or ""


def _cell(value: Any) -> str:
    """A value of the user's as a cell: text as it is, unless it would break the row; all else as JSON."""
    if isinstance(value, str) and not ("\t" in value or "\n" in value or "\r" in value):
        return value
    return json.dumps(value, ensure_ascii=False)
