"""Words of any language with spaces, by the Unicode categories of characters alone."""

import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from graphs.codepoints import CodePointTable, Joined
from graphs.tables import Parse

_SPACE, _WORD, _ALONE, _MARK, _JOINER = range(5)

_IDEOGRAPHS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))

_ZERO_WIDTH_SPACE = "\u200b"


def _kind(character: str) -> int:
    """What a character does: part words, make one, stand alone, or hold on to what is before it."""
    category = unicodedata.category(character)
    if category[0] == "Z" or category == "Cc" or character == _ZERO_WIDTH_SPACE:
        return _SPACE
    if category == "Cf":
        return _JOINER
    if category[0] == "M":
        return _MARK
    ideograph = any(first <= ord(character) <= last for first, last in _IDEOGRAPHS)
    return _WORD if category[0] in "LN" and not ideograph else _ALONE


_kinds = CodePointTable(_kind)


def _before(kinds: npt.NDArray[np.int8], clear: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """For each place the kind at the last ``clear`` place before it; white space at the beginning."""
    last = np.maximum.accumulate(np.where(clear, np.arange(len(kinds)), -1))
    last = np.concatenate(([-1], last[:-1]))
    return np.where(last < 0, np.int8(_SPACE), kinds[last])


def _settle(kinds: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    """Give marks and joiners, in place, the kind of what they hold on to; tell which characters did so.

    A joiner (as in Persian words, or the soft hyphen) counts only inside a word and is white space
    elsewhere. A mark belongs to whatever it stands on, and alone after white space makes a word.
    """
    joiner = kinds == _JOINER
    if joiner.any():
        clear = ~joiner & (kinds != _MARK)
        after = _before(kinds[::-1], ~joiner[::-1])[::-1]
        inside = (_before(kinds, clear) == _WORD) & ((after == _WORD) | (after == _MARK))
        kinds[joiner] = np.where(inside[joiner], np.int8(_MARK), np.int8(_SPACE))
    mark: npt.NDArray[np.bool_] = kinds == _MARK
    if not mark.any():
        return mark
    base = _before(kinds, ~mark)
    kinds[mark] = np.where(base[mark] == _SPACE, np.int8(_WORD), base[mark])
    mark &= base != _SPACE
    return mark


class Parser:
    """Cut texts into words, punctuation marks and ideographs, without tags, arcs or sentences.

    A word is a run of letters, digits and the marks on them. Every other character that is not
    white space stands alone, with the marks on it: punctuation (so hyphens and apostrophes part
    words, as in BERT), symbols, emoji and ideographs. Scripts without spaces other than ideographs
    come out in long runs.
    """

    def __call__(self, texts: Sequence[str]) -> Parse:
        """Tokens of every text, several million characters a second."""
        joined = Joined.of(texts)
        kinds = _kinds(joined.codes).astype(np.int8)
        held = _settle(kinds)
        before = np.concatenate(([_SPACE], kinds[:-1]))
        begins = ((kinds == _ALONE) | ((kinds == _WORD) & (before != _WORD))) & ~held
        over = np.concatenate((begins | (kinds == _SPACE), [True]))
        start = np.flatnonzero(begins)
        end = np.flatnonzero((kinds != _SPACE) & over[1:]) + 1
        text = joined.text_of(start)
        shift = joined.offsets[text]
        return Parse.cut(text, (start - shift).astype(np.int32), (end - shift).astype(np.int32))
