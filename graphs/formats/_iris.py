"""The N-Triples lines that make up most of a dump, found in whole blocks at once.

A *plain* line is three http(s) IRIs and a full stop, one space apart, all of characters that need
no further check: it is cut at its marks. Every other line is for a parser to judge.
"""

from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=/?#"
_IS_MARK = ~np.isin(np.arange(256), np.frombuffer(_SAFE, np.uint8))
_LINE = np.frombuffer(b"<:> <:> <:> \n", np.uint8)
"""The marks of a plain line. The full stop is none, as it may stand in an IRI."""

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def plain(block: bytes) -> tuple[Mask, list[list[bytes]]]:
    """Which lines of a block are plain, and the subjects, predicates and objects of these.

    Every line of the block ends in a line feed.
    """
    characters = np.frombuffer(block, np.uint8)
    marks = np.flatnonzero(_IS_MARK[characters])
    ends = np.flatnonzero(characters[marks] == 10)
    firsts = np.concatenate([[0], ends[:-1] + 1])
    starts = np.concatenate([[0], marks[ends[:-1]] + 1])
    is_plain = ends - firsts == len(_LINE) - 1
    at = marks[firsts[is_plain, None] + np.arange(len(_LINE))]
    is_plain[is_plain] = (at[:, 0] == starts[is_plain]) & _well_formed(characters, at)
    every = is_plain.all()
    lines = block[:-1] if every else b"\n".join(compress(block.split(b"\n"), is_plain.tolist()))
    names = lines[1:-3].replace(b"> .\n<", b"> <").split(b"> <") if lines else []
    return is_plain, [names[0::3], names[1::3], names[2::3]]


def _well_formed(characters: npt.NDArray[np.uint8], at: Places) -> Mask:
    """Whether the marks ``at`` (one row a line) are those of a plain line, and its IRIs are valid."""
    good: Mask = (characters[at] == _LINE).all(1)
    good &= (np.diff(at)[:, [2, 3, 6, 7, 10]] == 1).all(1)
    good &= (at[:, 12] - at[:, 11] == 2) & (characters[at[:, 11] + 1] == ord("."))
    fragments = np.flatnonzero(characters == ord("#"))
    for opening, colon, closing in (at[:, i : i + 3].T for i in (0, 4, 8)):
        good &= _is_http(characters, opening, colon)
        good &= np.searchsorted(fragments, closing) - np.searchsorted(fragments, colon) <= 1
    return good


def _is_http(characters: npt.NDArray[np.uint8], opening: Places, colon: Places) -> Mask:
    length = colon - opening - 1
    found: Any = (length == 4) | ((length == 5) & (characters[colon - 1] == ord("s")))
    for i, letter in enumerate(b"http", 1):
        found &= characters[np.minimum(opening + i, len(characters) - 1)] == letter
    return np.asarray(found)
