"""Seeded dealing of cards: the only source of chance in the sample data."""

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A seeded source of chance. It uses ``random()`` alone, whose numbers Python promises never to change."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random

    def happens(self, share: float) -> bool:
        """True in this share of the calls."""
        return self._random() < share

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """The items in a random order."""
        return sorted(items, key=lambda _: self._random())

    def deck(self, items: Sequence[T]) -> Iterator[T]:
        """Deal the items without end; none comes again before all others have come. Of nothing, nothing."""
        while items:
            yield from self.shuffled(items)
