"""Words of a corpus as a text with a span for each: joined, or found again in a text they came from."""

from collections.abc import Sequence
from itertools import accumulate, pairwise, repeat
from operator import add

from graphs.codepoints import UNSPACED_CHARACTER
from graphs.types import Token


class MisplacedError(ValueError):
    """The word number ``position`` (or, after the last one, white space) is not what follows in the text."""

    def __init__(self, position: int, found: str) -> None:
        self.position = position
        super().__init__(found)


def tokens(starts: Sequence[int], ends: Sequence[int]) -> tuple[Token, ...]:
    """Tokens of the first text at the given places."""
    return tuple(map(Token, repeat(0), starts, ends))


def join(words: Sequence[str], spaces: Sequence[bool]) -> tuple[str, tuple[Token, ...]]:
    """Join words; ``spaces`` says after which of them a space stands (that of the last is not looked at)."""
    pieces = [f"{word} " if space else word for word, space in zip(words, [*spaces[:-1], False], strict=True)]
    starts = list(accumulate(map(len, pieces), initial=0))[:-1]
    return "".join(pieces), tokens(starts, list(map(add, starts, map(len, words))))


def join_by_script(words: Sequence[str]) -> tuple[str, tuple[Token, ...]]:
    """Join words by single spaces, except where their script has none.

    Where any of the words holds a character of a script without spaces, a space is put only
    between two words that are both longer than one character and hold no such character.

    >>> join_by_script(["I", "like", "Rome"])[0]
    'I like Rome'
    >>> join_by_script(["我", "用", "Visual", "Studio", "写", "3", "天"])[0]
    '我用Visual Studio写3天'
    """
    if not UNSPACED_CHARACTER.search("".join(words)):
        return join(words, [True] * len(words))
    spaced = [len(word) > 1 and not UNSPACED_CHARACTER.search(word) for word in words]
    return join(words, [left and right for left, right in pairwise([*spaced, False])])


def place(words: Sequence[str], text: str) -> tuple[Token, ...]:
    """Find words in the text they were cut from: in order, with nothing but white space around them.

    Raises :class:`MisplacedError`.
    """
    starts, ends, here = [], [], 0
    for position, word in enumerate(words):
        while not text.startswith(word, here):
            if not text[here : here + 1].isspace():
                raise MisplacedError(position, f"{word!r} where the text goes on with {text[here : here + 20]!r}")
            here += 1
        starts.append(here)
        here += len(word)
        ends.append(here)
    if text[here:].strip():
        raise MisplacedError(len(words), f"no word where the text goes on with {text[here:].lstrip()[:20]!r}")
    return tokens(starts, ends)
