"""Linked mentions of text graphs, and the tokens that they lie on."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.corpus import Column
from graphs.errors import DataError
from graphs.tables import Ids, Ints


class Linked(NamedTuple):
    """Mentions of all rows that are linked, in their order."""

    row: Ints
    entity: pa.StringArray
    """The name of each one's entity."""
    score: npt.NDArray[np.float32]
    """How sure the linker is of it."""
    first: Ids
    """The first token of each, counted through the tokens of all rows, and the last."""
    last: Ids


def linked_mentions(rows: pa.RecordBatch) -> Linked:
    """Those that have an entity. Raises :class:`DataError` for one that does not lie on whole tokens."""
    mentions = Column(rows, "mentions")
    names = mentions.strings("entity")
    linked = np.asarray(names.is_valid())
    row = mentions.rows()[linked]
    first, last = _covered(rows, row, mentions, linked)
    return Linked(row, names.filter(pa.array(linked)), mentions.numbers("score")[linked], first, last)


def _covered(rows: pa.RecordBatch, row: Ints, mentions: Column, linked: npt.NDArray[np.bool_]) -> tuple[Ids, Ids]:
    """First and last token of each linked mention."""
    tokens = Column(rows, "tokens")
    width = int(max(tokens.numbers("end").max(initial=0), mentions.numbers("end").max(initial=0))) + 1
    text = (tokens.rows().astype(np.int64) * 2 + tokens.numbers("text")) * width
    own = (row.astype(np.int64) * 2 + mentions.numbers("text")[linked]) * width
    starts, ends = text + tokens.numbers("start"), text + tokens.numbers("end")
    start, end = own + mentions.numbers("start")[linked], own + mentions.numbers("end")[linked]
    first, last = np.searchsorted(starts, start), np.searchsorted(ends, end, side="right") - 1
    off = first > last
    if not off.any():
        off = (starts[first] != start) | (ends[last] != end)
    if off.any():
        i = int(off.argmax())
        found = f"one at {start[i] - own[i]}–{end[i] - own[i]}"
        raise DataError(f"text {rows.column('id')[int(row[i])]}", None, "mentions that lie on whole tokens", found)
    return first, last
