"""What files of behaviour say, as small immutable records."""

from collections.abc import Mapping
from typing import NamedTuple

LARGEST = 3.4028234663852886e38
"""The largest number of 32 bits, as which values and attributes are kept and learnt."""


class Event(NamedTuple):
    """A user did something with an item, at a time (None: when is not known), with a value such as a rating."""

    user: str
    item: str
    time: float | None = None
    value: float | None = None
    dated: bool = False
    """Whether the time was told as a date: then it is seconds since 1970, and else what the file's number means."""


class Attributes(NamedTuple):
    """What is known of a user, by name: a string, a number, or None for what is not known."""

    user: str
    told: Mapping[str, str | float | None]
    typed: bool = False
    """Whether the file tells names and numbers apart; else names that all look like numbers are such."""
    line: int | None = None
    """Where it stands in its file."""


class Friends(NamedTuple):
    """Two users who know each other; which of them stands first makes no difference."""

    user: str
    other: str


class Item(NamedTuple):
    """What is said of an item; None for what is not."""

    item: str
    label: str | None = None
    """What people call it."""
    entity: str | None = None
    """The name of the entity of a knowledge graph that it is."""
    line: int | None = None
    """Where it stands in its file."""


Record = Event | Attributes | Friends | Item
