"""Which words of texts stay when there is no room for all: those around marked spans, else those at the start."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graphs.tables import Ids
from kbert.marks import Bools, Marks

FAR = 2**62


class Line(NamedTuple):
    """Tokens and markers of all texts in one line: the text of each, and how many pieces it has.

    ``tokens`` and ``marks`` say where in the line each of them stands; ``inside`` what is a marker or
    lies between two.
    """

    text: Ids
    length: Ids
    tokens: Ids
    marks: Ids
    inside: Bools

    @classmethod
    def of(cls, text: Ids, length: Ids, marks: Marks) -> "Line":
        """Tokens with their texts and lengths, and the markers among them."""
        tokens = np.arange(len(text)) + np.searchsorted(marks.before, np.arange(len(text)), side="right")
        places, total = marks.places, len(text) + len(marks.before)
        texts, lengths = np.empty(total, dtype=np.int64), np.ones(total, dtype=np.int64)
        texts[tokens], texts[places] = text, marks.text
        lengths[tokens] = length
        steps = np.zeros(total + 1, dtype=np.int64)
        np.add.at(steps, places[marks.opens], 1)
        np.add.at(steps, places[~marks.opens] + 1, -1)
        return cls(texts, lengths, tokens, places, np.cumsum(steps)[:-1] > 0)

    def sums(self, values: npt.NDArray[np.integer], texts: int) -> Ids:
        """The sum over each text."""
        sums: Ids = np.bincount(self.text, weights=values, minlength=texts).astype(np.int64)
        return sums

    def before(self, values: npt.NDArray[np.integer]) -> Ids:
        """The sum over what stands before each, in its own text."""
        sums = np.cumsum(values) - values
        before: Ids = sums - np.concatenate((sums, [0]))[np.searchsorted(self.text, self.text)]
        return before


class Kept(NamedTuple):
    """How many pieces of each token and marker of a line are kept, and whether nothing is lost up to its end."""

    pieces: Ids
    whole: Bools


def keep(line: Line, room: Ids) -> Kept:
    """Keep so many pieces of each text.

    A text that is too long loses pieces from its end. Where that would cut a marked span whole words go
    instead: those outside, the farthest (in pieces) from any span first, of two as far the later; then those
    in spans, from the last; never markers.
    """
    at, allowed = line.before(line.length), room[line.text]
    whole = at + line.length <= allowed
    count = np.clip(allowed - at, 0, line.length)
    marred = line.inside & ~whole
    if marred.any():
        hit = np.zeros(len(room), dtype=bool)
        hit[line.text[marred]] = True
        some = np.flatnonzero(hit[line.text])
        whole[some] = _nearest(line, some, at[some], allowed[some])
        count[some] = np.where(whole[some], line.length[some], 0)
    return Kept(count, whole)


def _nearest(line: Line, some: Ids, at: Ids, allowed: Ids) -> Bools:
    """Which tokens and markers of some texts find room, markers and what is nearest to a span first."""
    text, length, inside = line.text[some], line.length[some], line.inside[some]
    begin = text * (2 * int(at.max() + length.max()) + 1) + at  # other texts are farther than anything of one's own
    end = begin + length
    to_left = begin - np.maximum.accumulate(np.where(inside, end, -FAR))
    to_right = np.minimum.accumulate(np.where(inside, begin, FAR)[::-1])[::-1] - end
    distance = np.where(inside, 0, np.minimum(to_left, to_right))
    kind = np.where(np.isin(some, line.marks), 0, np.where(inside, 1, 2))
    order = np.lexsort((np.arange(len(some)), distance, kind, text))
    used = np.cumsum(length[order])
    start = np.concatenate(([0], used))[np.searchsorted(text, text)]
    fits = np.empty(len(some), dtype=bool)
    fits[order] = used - start <= allowed  # text and allowed are the same in either order
    return fits


def share(one: Ids, two: Ids, room: Ids) -> tuple[Ids, Ids]:
    """How many pieces two texts keep in a room for both; an odd piece goes to the longer, of equal ones the second."""
    room, one_is_longer = np.maximum(room, 0), one > two
    shorter = np.minimum(np.minimum(one, two), room // 2)
    longer = np.minimum(np.maximum(one, two), room - shorter)
    return np.where(one_is_longer, longer, shorter), np.where(one_is_longer, shorter, longer)


def spare(kept: Ids, needed: Ids, others: Ids, others_needed: Ids) -> tuple[Ids, Ids]:
    """Give of what other texts keep beyond their need to those that keep less than theirs."""
    given: Ids = np.clip(np.minimum(needed - kept, others - others_needed), 0, None)
    return kept + given, others - given
