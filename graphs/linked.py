"""Which texts have links where they matter."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.corpus import Column


def has_links(rows: pa.RecordBatch, roles: Collection[str] = ()) -> npt.NDArray[np.bool_]:
    """Which rows have a mention of an entity; with ``roles``, one that shares characters with a span of them.

    A row has at most one span of a role, as the tasks want it: of several the last one counts.
    """
    mentions = Column(rows, "mentions")
    entity = mentions.strings("entity")
    is_linked = np.asarray(entity.is_valid())
    row = mentions.rows()
    if roles:
        text, start, end = (mentions.numbers(name) for name in ("text", "start", "end"))
        is_linked &= np.any([_meets(rows, role, row, text, start, end) for role in roles], axis=0)
    found = np.zeros(rows.num_rows, dtype=bool)
    found[row[is_linked]] = True
    return found


def _meets(rows: pa.RecordBatch, role: str, *mentions: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Which mentions (row, text, start, end) share characters with the span of a role in their row."""
    spans, (row, text, start, end) = Column(rows, "spans"), mentions
    which = np.flatnonzero(np.asarray(spans.strings("role")) == role)
    span_of = np.full(rows.num_rows, -1)
    span_of[spans.rows()[which]] = which
    theirs = span_of[row]
    own_text, own_start, own_end = (np.append(spans.numbers(name), -1)[theirs] for name in ("text", "start", "end"))
    return np.asarray((theirs >= 0) & (own_text == text) & (start < own_end) & (own_start < end))
