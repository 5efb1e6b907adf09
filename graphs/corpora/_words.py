"""A text that comes as a list of words, and spans of it that come as numbers of words."""

from collections.abc import Sequence
from typing import NamedTuple

from graphs.corpora._objects import Object
from graphs.corpora._tokens import join_by_script
from graphs.errors import shown
from graphs.types import Token


class Words(NamedTuple):
    """Words joined to a text, with the place of each in it (blank ones too: spans count them)."""

    text: str
    places: tuple[Token, ...]

    @classmethod
    def of(cls, item: Object, words: Sequence[str]) -> "Words":
        """Join the words of an object. Raises :class:`DataError` where they say nothing."""
        text, places = join_by_script(words) if words else ("", ())
        if not text.strip():
            raise item.error("words that are not blank", shown(list(words)))
        return cls(text, places)

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The words that are not blank."""
        return tuple(place for place in self.places if self.text[place.start : place.end].strip())

    def span(self, item: Object, first: int, end: int) -> tuple[int, int]:
        """Start and end in the text of the words ``first`` to ``end`` (half-open), blank ones at the ends left out.

        Raises :class:`DataError` where there are no such words, or none that is not blank.
        """
        if not 0 <= first < end <= len(self.places):
            raise item.error(f"a span inside its {len(self.places)} words", f"{first} to {end}")
        start, stop = self.places[first].start, self.places[end - 1].end
        inside = self.text[start:stop]
        if not inside.strip():
            raise item.error("a span of words that are not blank", f"{first} to {end}")
        return start + len(inside) - len(inside.lstrip()), stop - len(inside) + len(inside.rstrip())
