"""Many texts as one array of code points, so that numpy can read them all at once."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graphs.tables import Ids, Ints

Codes = npt.NDArray[np.uint32]

_UNKNOWN = -1

UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F),  # radicals, kana, bopomofo (Hangul letters follow)
    (0x3190, 0x31FF),
    (0x3400, 0x9FFF),  # ideographs
    (0xA9E0, 0xA9FF),  # Myanmar
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # half-width kana
    (0x1AFF0, 0x1B16F),
    (0x20000, 0x3FFFF),
)


UNSPACED_CHARACTER = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in UNSPACED) + "]")
"""One character of such a script, to find many of them at once."""


def is_unspaced(character: str) -> bool:
    """Whether the character belongs to a script that puts no spaces between words."""
    return any(first <= ord(character) <= last for first, last in UNSPACED)


@dataclass(frozen=True, eq=False)
class Joined:
    """Texts end to end, with one separator after each; text ``i`` starts at ``offsets[i]``."""

    codes: Codes
    offsets: Ids

    @classmethod
    def of(cls, texts: Sequence[str], separator: str = "\n") -> "Joined":
        """Join texts. Raises ``UnicodeEncodeError`` for a lone surrogate, which is no character."""
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum(lengths + 1, out=offsets[1:])
        joined = separator.join(texts) + separator if texts else ""
        return cls(np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32), offsets)

    def text_of(self, starts: npt.NDArray[np.integer]) -> Ints:
        """Which text each of these ascending places lies in."""
        counts = np.diff(np.searchsorted(starts, self.offsets))
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)


def decode(codes: Codes) -> str:
    """The string of an array of code points."""
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le")


class CodePointTable:
    """A function of one character as a table, filled only where it is asked for.

    ``function`` gives a number ≥ 0. Looking an array of code points up costs one indexing once
    its characters are known.
    """

    def __init__(self, function: Callable[[str], int]) -> None:
        self._function = function
        self._values = np.full(0x110000, _UNKNOWN, dtype=np.int32)

    def __call__(self, codes: Codes) -> Ints:
        """The function's value at each code point."""
        values = self._values[codes]
        missing = values == _UNKNOWN
        if missing.any():
            for code in np.unique(codes[missing]).tolist():
                self._values[code] = self._function(chr(code))
            values = self._values[codes]
        return values
