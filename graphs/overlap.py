"""Whether a text contains one of some held-out texts, or lies inside one."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import accumulate

from ahocorasick_rs import AhoCorasick

from graphs.codepoints import UNSPACED_CHARACTER

_BOUNDARY = "\n"


class Overlap:
    """Called with a text, says whether it contains a held-out text or lies inside one, as whole words.

    Of a script without spaces every character is a word. Case and the kind and amount of white
    space make no difference. Texts without any word
    overlap with nothing. A call takes time for the text and for the places of its rarest word, not
    for all that is held out.
    """

    def __init__(self, held_out: Iterable[str]) -> None:
        known = [text for text in dict.fromkeys(map(_plain, held_out)) if text.strip()]
        self._whole = _BOUNDARY.join(known)
        self._contained = AhoCorasick(known, store_patterns=False) if known else None
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        start = 0
        for text in known:
            for word, place in _words(text):
                self._places[word].append(start + place)
            start += len(text) + len(_BOUNDARY)

    def __call__(self, text: str) -> bool:
        """Whether there is an overlap."""
        plain = _plain(text)
        if not plain.strip() or self._contained is None:
            return False
        return self._inside(plain) or bool(self._contained.find_matches_as_indexes(plain))

    def _inside(self, plain: str) -> bool:
        """Whether the text lies inside a held-out one: then its rarest word stands at one of its places."""
        words = [(self._places.get(word, []), place) for word, place in _words(plain)]
        places, within = min(words, key=lambda found: len(found[0]))
        return any(self._whole.startswith(plain, place - within) for place in places)


def _plain(text: str) -> str:
    """Lower case, single spaces between words, one at each end (so that only whole words match)."""
    words = UNSPACED_CHARACTER.sub(r" \g<0> ", text.casefold()).split()
    return f" {' '.join(words)} "


def _words(plain: str) -> Iterable[tuple[str, int]]:
    """The words of a plain text and where they begin."""
    words = plain.split()
    return zip(words, accumulate((len(word) + 1 for word in words), initial=1), strict=False)
