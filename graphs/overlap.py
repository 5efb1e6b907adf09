"""Whether a text contains one of some held-out texts, or lies inside one."""

from collections.abc import Iterable

from ahocorasick_rs import AhoCorasick

_BOUNDARY = "\n"


class Overlap:
    """Called with a text, says whether it contains a held-out text or lies inside one, as whole words.

    Case and the kind and amount of white space make no difference. Texts without any word
    overlap with nothing.
    """

    def __init__(self, held_out: Iterable[str]) -> None:
        known = [text for text in dict.fromkeys(map(_plain, held_out)) if text.strip()]
        self._whole = _BOUNDARY.join(known)
        self._contained = AhoCorasick(known, store_patterns=False) if known else None

    def __call__(self, text: str) -> bool:
        """Whether there is an overlap."""
        plain = _plain(text)
        if not plain.strip() or self._contained is None:
            return False
        return plain in self._whole or bool(self._contained.find_matches_as_indexes(plain))


def _plain(text: str) -> str:
    """Lower case, single spaces, one at each end (so that only whole words match)."""
    return f" {' '.join(text.casefold().split())} "
