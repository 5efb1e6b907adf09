"""What stands around mentions: the sentence of each, or as much of it as is near."""

import re
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from graphs.tables import Ints, Parse

_BREAK = re.compile(r"(?<=[.!?…])[^\S\n]+|(?<=[。！？])|\n\s*")
"""Where a sentence may end, for parsers that do not say."""


def contexts_of(texts: Sequence[str], parse: Parse, text: Ints, start: Ints, end: Ints, window: int) -> list[str]:
    """The context of each span: its sentence, at most ``window`` characters of it on either side.

    The sentences are the parser's; of a text of which it gives none they end at line ends, at 。！？ and
    behind . ! ? … where no small letters follow. A span that lies in several has all of them.
    """
    begins: dict[int, list[int]] = {}
    found = []
    for number, first, last in zip(text.tolist(), start.tolist(), end.tolist(), strict=True):
        if number not in begins:
            begins[number] = _begins(texts[number], parse, number)
        own = begins[number]
        begin, stop = own[bisect_right(own, first) - 1], own[bisect_right(own, last - 1)]
        found.append(texts[number][max(begin, first - window) : min(stop, last + window)].strip())
    return found


def _begins(text: str, parse: Parse, number: int) -> list[int]:
    """Where the sentences of a text begin, and its end."""
    rows = slice(*np.searchsorted(parse.sentence_text, (number, number + 1)))
    given = parse.sentence_start[rows].tolist()
    inner = given or [found.end() for found in _BREAK.finditer(text) if _parts(text, found)]
    return [*sorted({0, *(place for place in inner if place < len(text))}), len(text)]


def _parts(text: str, found: re.Match[str]) -> bool:
    """Whether a sentence ends there: behind . ! ? … small letters go on with one."""
    only_spaces = found.group() and "\n" not in found.group()
    return not (only_spaces and text[found.end() : found.end() + 1].islower())
