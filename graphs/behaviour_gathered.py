"""What files say of behaviour, gathered before it is put in order."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from graphs.behaviour import NAME, AttributeKind
from graphs.behaviour_recipe import BehaviourRecipe
from graphs.behaviour_records import LARGEST, Attributes, Event, Friends, Item, Record
from graphs.errors import DataError, OnBad, OptionsError, did_you_mean, shown, stop

EACH = 10_000
"""Records between two reports."""

HOLDS = {Event: "events", Attributes: "users", Friends: "friends", Item: "items"}


class Told(NamedTuple):
    """Where an attribute of a user was told, and what."""

    path: str
    line: int | None
    user: str
    value: str | float


@dataclass
class Gathered:
    """What files say, users and items numbered as they appear in events.

    ``numbers`` are attributes that must be such.
    """

    numbers: frozenset[str] = frozenset()
    users: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    user: "array[int]" = field(default_factory=lambda: array("i"))
    item: "array[int]" = field(default_factory=lambda: array("i"))
    time: "array[float]" = field(default_factory=lambda: array("d"))
    value: "array[float]" = field(default_factory=lambda: array("f"))
    told: dict[str, dict[str, str | float]] = field(default_factory=dict)
    """Attributes by name: what is said of each user."""
    typed: set[str] = field(default_factory=set)
    """Attributes of files that tell numbers and names apart."""
    described: dict[str, None] = field(default_factory=dict)
    """Users of whom a file tells attributes."""
    friends: dict[tuple[str, str], None] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    entities: dict[str, str] = field(default_factory=dict)
    themselves: int = 0
    """Users who are said to be their own friends."""
    dated: bool | None = None
    """Whether times are told as dates; None until one is told."""
    holds: dict[str, "Counter[str]"] = field(default_factory=dict)
    """By path of a file how many events, users, friends and items it tells."""
    _dated_in: str = ""
    _first: dict[str, dict[bool, Told]] = field(default_factory=dict)
    """By attribute where a number was told first, and where what is none."""
    _timed: dict[bool, str] = field(default_factory=dict)
    """A file whose events have times, and one whose events have none."""

    def take(
        self,
        path: str,
        records: Iterable[Record],
        on_records: Callable[[int], None] = lambda records: None,
        *,
        bad: OnBad = stop,
    ) -> None:
        """All that a file says.

        Raises :class:`DataError`, through ``bad``, for a record that says otherwise than another; not through ``bad``
        where the times of a file are no dates and those before it are, or some events have none.
        """
        holds = self.holds.setdefault(path, Counter())
        first, number = len(self.time), 0
        for number, record in enumerate(records, 1):
            if isinstance(record, Event):
                self._take_event(path, record)
            else:
                try:
                    self._take_other(path, record)
                except DataError as error:
                    bad(error)
            holds[HOLDS[type(record)]] += 1
            if number % EACH == 0:
                on_records(EACH)
        on_records(number % EACH)
        self._check_times(path, first)

    def _take_event(self, path: str, record: Event) -> None:
        if record.time is not None and record.dated != self.dated:
            if self.dated is not None:
                known, own = ("dates", "numbers") if self.dated else ("numbers", "dates")
                raise DataError(path, None, f"times that are {known}, as in {self._dated_in}", own)
            self.dated, self._dated_in = record.dated, path
        self.user.append(self.users.setdefault(record.user, len(self.users)))
        self.item.append(self.items.setdefault(record.item, len(self.items)))
        self.time.append(np.nan if record.time is None else record.time)
        self.value.append(np.nan if record.value is None else record.value)

    def _check_times(self, path: str, first: int) -> None:
        """Events of a file, from ``first`` on, have times where those before them do."""
        for without in np.unique(np.isnan(np.asarray(self.time[first:]))).tolist():
            self._timed.setdefault(without, path)
        if len(self._timed) == 2:
            expected = f"a time for all events, as in {self._timed[False]}, or for none"
            raise DataError(self._timed[True], None, expected, "events without")

    def _take_other(self, path: str, record: Attributes | Friends | Item) -> None:
        if isinstance(record, Friends):
            self.themselves += record.user == record.other
            self.friends[min(record), max(record)] = None
        elif isinstance(record, Item):
            self._take_item(path, record)
        else:
            self._take_attributes(path, record)

    def _take_item(self, path: str, record: Item) -> None:
        said = (self.labels, record.label, "label"), (self.entities, record.entity, "entity")
        for known, told, name in said:
            if told is not None and known.get(record.item, told) != told:
                expected = f"one {name} of the item {record.item}"
                raise DataError(path, record.line, expected, f"{told!r} after {known[record.item]!r}")
        for known, told, _ in said:
            if told is not None:
                known[record.item] = told

    def _take_attributes(self, path: str, record: Attributes) -> None:
        user = record.user
        for name, told in record.told.items():
            known = self.told.get(name, {}).get(user, told)
            if told is not None and known != told:
                raise DataError(path, record.line, f"one {name} of the user {user}", f"{told!r} after {known!r}")
            if name in self.numbers and told is not None and number_of(told) is None:
                raise DataError(path, record.line, f"a number as {name}", shown(told))
        self.described[user] = None
        for name, told in record.told.items():
            if record.typed:
                self.typed.add(name)
            values = self.told.setdefault(name, {})
            if told is not None:
                values[user] = told
                place = Told(path, record.line, user, told)
                self._first.setdefault(name, {}).setdefault(number_of(told) is not None, place)

    def attributes(
        self, users: list[str], recipe: BehaviourRecipe
    ) -> tuple[dict[str, AttributeKind], dict[str, pa.Array]]:
        """The kind of each attribute, and what it is for each user.

        Raises :class:`OptionsError` for attributes of the recipe that no file tells, and :class:`DataError` for one of
        mixed types of which it does not say what it is.
        """
        for name in (*recipe.numbers, *recipe.categories, *recipe.ignore):
            if name not in self.told:
                known = f"there are: {', '.join(self.told)}" if self.told else "no file tells any"
                raise OptionsError(f"no attribute {name!r}{did_you_mean(name, list(self.told))}; {known}")
        if NAME in self.told and NAME not in recipe.ignore:
            raise OptionsError(f"an attribute cannot be called {NAME!r}, which users have: pass --ignore {NAME}")
        kinds: dict[str, AttributeKind] = {}
        columns: dict[str, pa.Array] = {}
        for name, told in self.told.items():
            if name in recipe.ignore:
                continue
            kinds[name] = self._kind(name, told, recipe)
            of_users = [told.get(user) for user in users]
            if kinds[name] == "number":
                columns[name] = pa.array([None if one is None else number_of(one) for one in of_users], pa.float64())
            else:
                columns[name] = pa.array([_name_or_none(one) for one in of_users], pa.string())
        return kinds, columns

    def _kind(self, name: str, told: Mapping[str, str | float], recipe: BehaviourRecipe) -> AttributeKind:
        """What an attribute is: what the user says, what the file says, or what all that is told of it is."""
        if name in recipe.numbers:
            return "number"
        if name in recipe.categories or (name in self.typed and any(isinstance(v, str) for v in told.values())):
            return "category"
        first = self._first.get(name, {})
        if len(first) < 2:
            return "number" if True in first else "category"
        number, other = first[True], first[False]
        expected = f"numbers alone as {name}, or names (say --number {name}, --category {name} or --ignore {name})"
        found = f"{shown(other.value)} of the user {other.user}, beside {shown(number.value)} of the user {number.user}"
        raise DataError(other.path, other.line, expected, found)


def number_of(value: str | float) -> float | None:
    """A number that 32 bits can hold; None for what is none."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) <= LARGEST else None


def _name_or_none(value: str | float | None) -> str | None:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value is None else str(value)
