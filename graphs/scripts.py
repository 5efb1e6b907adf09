"""Scripts that are written without spaces between words."""

import re

_RANGES = (
    ("\u0e00", "\u0eff"),  # Thai, Lao
    ("\u1000", "\u109f"),  # Myanmar
    ("\u1780", "\u17ff"),  # Khmer
    ("\u2e80", "\u312f"),  # radicals, ideographic punctuation, kana, bopomofo
    ("\u3190", "\u9fff"),  # ideographs and more kana (Hangul, between, has spaces)
    ("\ua9e0", "\ua9ff"),  # Myanmar
    ("\uaa60", "\uaa7f"),  # Myanmar
    ("\uf900", "\ufaff"),  # ideographs
    ("\uff66", "\uff9f"),  # half-width kana
    ("\U0001aff0", "\U0001b16f"),  # kana
    ("\U00020000", "\U0003ffff"),  # ideographs
)

UNSPACED = re.compile("[" + "".join(f"{first}-{last}" for first, last in _RANGES) + "]")
"""Finds a character of such a script: ideographs, kana, Thai, Lao, Khmer, Myanmar."""


def is_unspaced(character: str) -> bool:
    """Whether the character belongs to a script that puts no spaces between words.

    >>> [is_unspaced(character) for character in "京ひไa한"]
    [True, True, True, False, False]
    """
    return UNSPACED.match(character) is not None
