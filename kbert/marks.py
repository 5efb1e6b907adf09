"""Markers: special pieces before and behind the spans that a task is about."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.corpus import Column
from graphs.errors import DataError
from graphs.tables import Ids

Bools = npt.NDArray[np.bool_]


class Marks(NamedTuple):
    """Markers of all rows, in the order they stand in; each opens or closes one span.

    ``text`` counts through all rows, ``before`` is the token (of all rows) that a marker stands before,
    ``role`` the number of its role and ``span`` that of its span.
    """

    text: Ids
    before: Ids
    role: Ids
    span: Ids
    opens: Bools

    @property
    def places(self) -> Ids:
        """Where each marker stands when tokens and markers are laid in one line."""
        return self.before + np.arange(len(self.before))

    def spans(self) -> tuple[Ids, Ids]:
        """The places of the markers that open and that close each span."""
        opening, closing = np.flatnonzero(self.opens), np.flatnonzero(~self.opens)
        places = self.places
        return places[opening[np.argsort(self.span[opening])]], places[closing[np.argsort(self.span[closing])]]


def place_marks(rows: pa.RecordBatch, roles: Sequence[str], text: Ids, first_text: Ids) -> Marks:
    """The markers around the spans of these roles, which grow to whole tokens.

    ``text`` is the text of each token, ``first_text`` where the texts of each row begin. Where several
    markers meet, spans close before others open; of those that open the longest span does so first,
    of equal ones that whose role is named first; what opened last closes first.

    Raises :class:`DataError` for a row without a span of some role or with several, which would ask one question
    about all of them, and for a span that touches no token.
    """
    if not roles:
        none = np.empty(0, dtype=np.int64)
        return Marks(none, none, none, none, none.astype(bool))
    spans = Column(rows, "spans")
    role = np.asarray(pc.fill_null(pc.index_in(spans.strings("role"), pa.array(roles, pa.string())), -1))
    in_turn = np.argsort(role, kind="stable")
    wanted = in_turn[role[in_turn] >= 0]
    row, role = spans.rows()[wanted].astype(np.int64), role[wanted].astype(np.int64)
    _check_roles(rows, roles, row, role)
    own_text = first_text[row] + spans.numbers("text")[wanted]
    start, end = (spans.numbers(name)[wanted].astype(np.int64) for name in ("start", "end"))
    first, last = _touched(Column(rows, "tokens"), text, own_text, start, end)
    if (first > last).any():
        i = int((first > last).argmax())
        expected, found = f"a {roles[role[i]]} that touches a token", f"one at {start[i]}–{end[i]}"
        raise DataError(f"text {rows.column('id')[int(row[i])]}", None, expected, found)
    return _in_order(own_text, first, last, role)


def _in_order(text: Ids, first: Ids, last: Ids, role: Ids) -> Marks:
    """Two markers for each span, in the order they stand in."""
    span = np.arange(len(text))
    opens = np.arange(2 * len(span)) < len(span)
    before = np.concatenate((first, last + 1))
    reach = np.concatenate((-last, -first))  # the farther the other marker, the farther outside this one
    turn = np.concatenate((span, -span))
    order = np.lexsort((turn, reach, opens, before, np.tile(text, 2)))
    text, role, span = (np.tile(column, 2)[order] for column in (text, role, span))
    return Marks(text, before[order], role, span, opens[order])


def _check_roles(rows: pa.RecordBatch, roles: Sequence[str], row: Ids, role: Ids) -> None:
    """Raise :class:`DataError` for a row without a span of some role, or with several."""
    count = np.zeros((len(rows), len(roles)), dtype=np.int64)
    np.add.at(count, (row, role), 1)
    if (count == 1).all():
        return
    i, wrong = np.argwhere(count != 1)[0].tolist()
    expected = f"a span with the role {roles[wrong]} to mark"
    own = rows.column("spans").field("role")[i].as_py()
    found = f"spans with the roles {', '.join(own)}" if own else "no marked span"
    if count[i, wrong]:
        expected, found = f"one {expected[2:]} (to ask about each, give the text once for each)", f"{count[i, wrong]}"
    raise DataError(f"text {rows.column('id')[i]}", None, expected, found)


def _touched(tokens: Column, text: Ids, own_text: Ids, start: Ids, end: Ids) -> tuple[Ids, Ids]:
    """First and last token that each span touches; the first is behind the last where it touches none."""
    width = int(max(tokens.numbers("end").max(initial=0), end.max(initial=0))) + 1
    starts, ends = text * width + tokens.numbers("start"), text * width + tokens.numbers("end")
    first = np.searchsorted(ends, own_text * width + start, side="right")
    last = np.searchsorted(starts, own_text * width + end, side="left") - 1
    return first, last
