"""The invented lending library: who borrowed which book when, who the readers are, and whom they know."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sources.dealing import Dice

Row = tuple[str, ...]

GOES_ON, OWN_GENRE = 0.9, 0.8
"""How often a reader takes the next book of a series, and of other series one of the genre that he likes."""

AT_HOME, TOLD, ALIKE = 0.75, 0.9, 0.8
"""How often a reader lives in the town of his genre, tells age or town, and has a friend of his genre."""

OPENED = date(2024, 1, 8)


@dataclass(frozen=True)
class Reader:
    """Somebody with a library card, and the genre that he likes."""

    name: str
    genre: str
    age: str
    town: str


class Library:
    """Books and readers. The same words and dice give the same library."""

    def __init__(self, words: dict[str, Any], dice: Dice) -> None:
        self._words, self._dice, self._genres = words, dice, words["genres"]
        self._series: list[list[str]] = []
        self._labels: dict[str, str] = {}
        self._genre: list[str] = []
        for one in words["series"]:
            names = [f"b{len(self._labels) + place:02}" for place in range(1, 1 + len(one["books"]))]
            titles = enumerate(one["books"], 1)
            labels = [f"{title} ({one['name']}, {number})" for number, title in titles]
            self._labels |= dict(zip(names, labels, strict=True))
            self._series.append(names)
            self._genre.append(one["genre"])
        self.readers = list(self._made())

    def _made(self) -> Iterator[Reader]:
        names = [f"{first} {last}" for last in self._words["last"] for first in self._words["first"]]
        genres, towns = self._dice.deck(list(self._genres)), [one["town"] for one in self._genres.values()]
        years, elsewhere = self._dice.deck(range(-7, 8)), self._dice.deck(towns)
        for name in self._dice.shuffled(names):
            genre = next(genres)
            age = str(self._genres[genre]["age"] + next(years))
            town = self._genres[genre]["town"] if self._dice.happens(AT_HOME) else next(elsewhere)
            age, town = (told if self._dice.happens(TOLD) else "" for told in (age, town))
            yield Reader(name, genre, age, town)

    def books(self) -> Iterator[Row]:
        """Every book with its title, its series and its place in that, under a header."""
        yield "item", "label"
        yield from self._labels.items()

    def described(self) -> Iterator[Row]:
        """Every reader with age and town, where they are told, under a header."""
        yield "user", "age", "town"
        yield from ((one.name, one.age, one.town) for one in self.readers)

    def friends(self) -> Iterator[Row]:
        """Pairs of readers under a header, most of them of one genre."""
        yield "user", "friend"
        everybody = self._dice.deck(self.readers)
        alike = {genre: self._dice.deck([one for one in self.readers if one.genre == genre]) for genre in self._genres}
        pairs: set[frozenset[str]] = set()
        for reader in self.readers:
            for _ in range(2):
                deck = alike[reader.genre] if self._dice.happens(ALIKE) else everybody
                other = next(one for one in deck if one != reader)
                if frozenset((reader.name, other.name)) not in pairs:
                    pairs.add(frozenset((reader.name, other.name)))
                    yield reader.name, other.name

    def loans(self) -> Iterator[Row]:
        """Who borrowed what on which day, in the order of the days, under a header."""
        counts = self._dice.deck(self._words["loans"])
        rows = [row for reader in self.readers for row in self._loans(reader, next(counts))]
        yield "user", "item", "time"
        yield from sorted(rows, key=lambda row: row[2])

    def _loans(self, reader: Reader, count: int) -> Iterator[Row]:
        """The loans of a reader, who begins every series with its first book and borrows none twice."""
        gaps = self._dice.deck(range(4, 25))
        day, read, current = OPENED + timedelta(days=next(gaps)), [0] * len(self._series), -1
        for _ in range(count):
            left = [i for i, books in enumerate(self._series) if read[i] < len(books)]
            if current not in left or not self._dice.happens(GOES_ON):
                others = self._dice.shuffled(i for i in left if i != current)
                own = [i for i in others if self._genre[i] == reader.genre]
                current = own[0] if own and self._dice.happens(OWN_GENRE) else others[0]
            yield reader.name, self._series[current][read[current]], day.isoformat()
            read[current] += 1
            day += timedelta(days=next(gaps))
