"""Texts that come again and again, cut into pieces once."""

from collections.abc import Callable, Sequence

import numpy as np

from graphs.tables import Ids
from kbert.triples.texts import Phrases

MOST = 2**18
"""Texts that are kept: bounds the memory."""


class PhraseCache:
    """Cuts texts, and keeps the pieces of those it has cut; where these become too many, it begins anew.

    Args:
        cut: what cuts texts into pieces
        most: texts that are kept
    """

    def __init__(self, cut: Callable[[Sequence[str]], Phrases], most: int = MOST) -> None:
        self._cut, self._most = cut, most
        self._places: dict[str, int] = {}
        self._phrases = Phrases(np.zeros(1, np.int64), np.empty(0, np.int32))

    def __call__(self, texts: Sequence[str]) -> tuple[Phrases, Ids]:
        """The distinct texts in the order of first appearance, and which of them each text is."""
        numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        fresh = [text for text in numbers if text not in self._places]
        if len(self._places) + len(fresh) > self._most:
            fresh = list(numbers)
            self._places, self._phrases = {}, self._phrases.take(np.empty(0, np.int64))
        if fresh:
            self._phrases = Phrases.join([self._phrases, self._cut(fresh)])
            self._places.update({text: len(self._places) + i for i, text in enumerate(fresh)})
        places = np.fromiter((self._places[text] for text in numbers), np.int64, len(numbers))
        return self._phrases.take(places), np.fromiter((numbers[text] for text in texts), np.int64, len(texts))
