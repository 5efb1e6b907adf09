"""Tokens as K-BERT and BERT see Chinese: each ideograph and each punctuation mark stands alone.

Everything else between white space is one word, so that the word pieces of the tokens are the
word pieces of the text (Devlin et al. 2019, https://arxiv.org/abs/1810.04805, "basic" tokens).
"""

import unicodedata
from collections.abc import Sequence

import numpy as np

from graphs.codepoints import CodePointTable, Joined
from graphs.tables import Parse

_SPACE, _WORD, _ALONE, _NOTHING = range(4)

_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
"""The blocks that BERT's tokenizer sets apart; later blocks of ideographs are words to it."""


def is_ideograph(character: str) -> bool:
    """Whether BERT's tokenizer puts spaces around this character."""
    return any(first <= ord(character) <= last for first, last in _IDEOGRAPHS)


def _kind(character: str) -> int:
    """What BERT's tokenizer does at a character: break, join, set apart, or take it away."""
    if character in "\t\n\r" or character.isspace():
        return _SPACE
    category = unicodedata.category(character)
    if category[0] == "C" or character == "\ufffd":
        return _NOTHING
    is_ascii_mark = 33 <= ord(character) <= 126 and not character.isalnum()
    if is_ascii_mark or category[0] == "P" or is_ideograph(character):
        return _ALONE
    return _WORD


_kinds = CodePointTable(_kind)


class Parser:
    """Cut texts into ideographs, punctuation marks and words, without tags or arcs.

    Control characters, which a tokenizer takes away, neither break a word nor begin one.
    """

    def __call__(self, texts: Sequence[str]) -> Parse:
        """Tokens of every text, several million characters a second."""
        joined = Joined.of(texts)
        kinds = _kinds(joined.codes).astype(np.int8)
        places = np.flatnonzero(kinds != _NOTHING)
        kinds = kinds[places]
        before = np.concatenate(([_SPACE], kinds[:-1]))
        after = np.concatenate((kinds[1:], [_SPACE]))
        word, alone = kinds == _WORD, kinds == _ALONE
        start = places[alone | (word & (before != _WORD))]
        end = places[alone | (word & (after != _WORD))] + 1
        text = joined.text_of(start)
        shift = joined.offsets[text]
        return Parse.cut(text, (start - shift).astype(np.int32), (end - shift).astype(np.int32))
