"""Records of behaviour in, a behaviour graph on disk out."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from graphs import rooms
from graphs.behaviour import EVENTS, FILES, ITEMS, KIND, NAME, SOCIAL, AttributeKind, BehaviourGraph
from graphs.behaviour_records import Attributes, Event, Friends, Item, Record
from graphs.errors import DataError, OnBad, OptionsError, did_you_mean, shown, stop
from graphs.files import write_json
from graphs.folders import is_free, new_folder
from graphs.manifests import MANIFEST, checksum
from graphs.options import check_choice, check_range
from graphs.rooms import Part
from graphs.tables import Ints

ROOM = "graphs.behaviours"

Repeats = Literal["keep", "first", "last"]

LEAST = 3
"""Events that a user must have for one to be left out for dev and one for test."""

EACH = 10_000
"""Records between two reports."""


@dataclass(frozen=True)
class BehaviourRecipe:
    """What is kept of records.

    Args:
        core: users and items with fewer events go, and those whom that leaves with fewer, until none is left
        min_length: after that, users with fewer events go
        repeats: of several events of a user with one item all are kept, or the first or the last alone
        numbers: attributes that are numbers
        categories: attributes that are names, also where they look like numbers
        ignore: attributes that are left out

    Raises :class:`OptionsError` for values that there are not.
    """

    core: int = 0
    min_length: int = 0
    repeats: Repeats = "keep"
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what nothing could be built by."""
        check_range("core", self.core, 0)
        check_range("min_length", self.min_length, 0)
        check_choice("repeats", self.repeats, ("keep", "first", "last"))
        named = (*self.numbers, *self.categories, *self.ignore)
        twice = next((name for name in named if named.count(name) > 1), None)
        if twice is not None:
            raise OptionsError(f"the attribute {twice!r} is named twice as number, category or one to ignore")

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}


def build_behaviour(
    out: Path,
    sources: Sequence[tuple[str, Part]],
    recipe: BehaviourRecipe,
    *,
    columns: Mapping[str, str] = {},
    overwrite: bool = False,
    bad: OnBad = stop,
    on_records: Callable[[int], None] = lambda records: None,
) -> BehaviourGraph:
    """Read files, each by its format, and write a behaviour graph to the folder ``out``.

    Raises :class:`OptionsError` if ``out`` is there already and is not to be overwritten, and for attributes that no
    file has; :class:`DataError` for bad input, for an attribute of mixed types, and where no event is left.
    """
    out = out.resolve()
    _check_free(out, overwrite)
    digests = [checksum(Path(path)) if Path(path).is_file() else None for path, _ in sources]
    _check_once([path for path, _ in sources], digests)
    gathered = _Gathered()
    for path, part in sources:
        gathered.take(rooms.find(ROOM, part.name).read(path, columns=columns, bad=bad, **part.options), on_records)
    graph = gathered.graph(recipe)
    with new_folder(out, "build of this behaviour graph") as folder:
        tables = dict(zip(FILES, graph.tables, strict=True))
        for name, table in tables.items():
            pq.write_table(table, folder / f"{name}.parquet", compression="zstd", write_statistics=False)
        files = {name: folder / f"{name}.parquet" for name in FILES}
        manifest = {
            **KIND.begin(),
            "sources": [
                {"name": Path(path).name, "sha256": digest, "format": part.as_dict()}
                for (path, part), digest in zip(sources, digests, strict=True)
            ],
            "columns": dict(columns),
            "recipe": recipe.as_dict(),
            "files": {
                name: {"bytes": file.stat().st_size, "sha256": checksum(file), "rows": len(tables[name])}
                for name, file in files.items()
            },
            "attributes": graph.kinds,
            "dated": graph.dated,
            "counts": graph.counts,
        }
        write_json(folder / MANIFEST, manifest)
    return BehaviourGraph.open(out)


def _check_once(files: Sequence[str], digests: Sequence[str | None]) -> None:
    """Refuse a file that comes twice, also under another name: all its events would."""
    for place, digest in enumerate(digests):
        first = digests.index(digest)
        if digest is not None and first < place:
            raise OptionsError(f"{files[place]} is the same file as {files[first]}: its events would count twice")


def _check_free(out: Path, overwrite: bool) -> None:
    """Refuse to write where something is, but for a behaviour graph that is to be replaced."""
    if is_free(out):
        return
    if not overwrite:
        raise OptionsError(f"{out} is there already: name another folder, or pass --overwrite")
    expected = "a behaviour graph, and nothing else, to overwrite"
    KIND.check_replaceable(out, lambda manifest: (f"{name}.parquet" for name in manifest["files"]), expected)


@dataclass
class _Made:
    """A behaviour graph in memory."""

    tables: list[pa.Table]
    kinds: dict[str, AttributeKind]
    dated: bool | None
    counts: dict[str, Any]


@dataclass
class _Events:
    """Events column by column, in some order."""

    user: Ints
    item: Ints
    time: npt.NDArray[np.float64]
    value: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.user)

    def where(self, which: npt.NDArray[Any]) -> "_Events":
        """Some of them."""
        return _Events(self.user[which], self.item[which], self.time[which], self.value[which])


@dataclass
class _Gathered:
    """What files say, users and items numbered as they appear in events."""

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

    def take(self, records: Iterable[Record], on_records: Callable[[int], None]) -> None:
        """All that a file says."""
        number = 0
        for number, record in enumerate(records, 1):
            if isinstance(record, Event):
                self.user.append(self.users.setdefault(record.user, len(self.users)))
                self.item.append(self.items.setdefault(record.item, len(self.items)))
                self.time.append(np.nan if record.time is None else self._moment(record.time, record.dated))
                self.value.append(np.nan if record.value is None else record.value)
            elif isinstance(record, Friends):
                self.themselves += record.user == record.other
                self.friends[min(record), max(record)] = None
            elif isinstance(record, Item):
                self._take_item(record)
            else:
                self._take_attributes(record)
            if number % EACH == 0:
                on_records(EACH)
        on_records(number % EACH)

    def _moment(self, time: float, dated: bool) -> float:
        """A time, which must be told as those before it were."""
        if self.dated is None:
            self.dated = dated
        if dated != self.dated:
            raise DataError("behaviour", None, "times that are all numbers, or all dates", "some of each")
        return time

    def _take_item(self, record: Item) -> None:
        for known, told, name in ((self.labels, record.label, "label"), (self.entities, record.entity, "entity")):
            if told is not None and known.setdefault(record.item, told) != told:
                raise DataError(f"item {record.item}", None, f"one {name}", f"{known[record.item]!r} and {told!r}")

    def _take_attributes(self, record: Attributes) -> None:
        self.described[record.user] = None
        for name, told in record.told.items():
            if record.typed:
                self.typed.add(name)
            values = self.told.setdefault(name, {})
            if told is not None and values.setdefault(record.user, told) != told:
                raise DataError(f"user {record.user}", None, f"one {name}", f"{values[record.user]!r} and {told!r}")

    def graph(self, recipe: BehaviourRecipe) -> _Made:
        """The graph of all that was taken."""
        if not self.user:
            raise DataError("behaviour", None, "at least one event", "none")
        events = _Events(
            np.array(self.user, np.int32),
            np.array(self.item, np.int32),
            np.array(self.time, np.float64),
            np.array(self.value, np.float32),
        )
        counts: dict[str, Any] = {"events_read": len(events), "identical": _identical(events)}
        events, counts["repeated"] = _without_repeats(_in_order(events), len(self.items), recipe.repeats)
        if np.isnan(events.time).any() and not np.isnan(events.time).all():
            raise DataError("behaviour", None, "a time for all events, or for none", "some with and some without")
        events = _core(events, recipe.core, recipe.min_length)
        if not len(events):
            raise DataError("behaviour", None, "events that are left", f"none (core {recipe.core}, see --core)")
        users, events.user = _renumbered(events.user, list(self.users))
        items, events.item = _renumbered(events.item, list(self.items))
        events = _in_order(events)
        own = {name: number for number, name in enumerate(users)}
        counts |= {"users": len(users), "items": len(items), "events": len(events)}
        counts |= {name: len(old) - len(new) for name, old, new in self._gone(users, items)}
        counts |= _lengths(events)
        kinds, columns = self._attributes(users, recipe)
        counts["users_without_events"] = sum(name not in self.users for name in self.described)
        pairs = [(a, b) for a, b in self.friends if a != b]
        social = np.array([(own[a], own[b]) for a, b in pairs if a in own and b in own], np.int32).reshape(-1, 2)
        counts |= {"friends": len(social), "friends_of_unknown_users": len(pairs) - len(social)}
        counts["friends_of_themselves"] = self.themselves
        social = np.sort(social, axis=1)
        social = social[np.lexsort((social[:, 1], social[:, 0]))]
        labels, entities = ([known.get(name) for name in items] for known in (self.labels, self.entities))
        counts["items_with_a_label"] = sum(label is not None for label in labels)
        counts["labels_of_unknown_items"] = sum(name not in self.items for name in self.labels)
        counts["items_with_an_entity"] = sum(entity is not None for entity in entities)
        counts["entities_of_unknown_items"] = sum(name not in self.items for name in self.entities)
        described = pa.table([pa.array(column, pa.string()) for column in (items, labels, entities)], schema=ITEMS)
        if not counts["items_with_an_entity"]:  # then the bytes are those that runs on graphs without this column know
            described = described.drop_columns("entity")
        tables = [
            pa.table([events.user, events.item, _nulled(events.time), _nulled(events.value)], schema=EVENTS),
            pa.table({NAME: pa.array(users, pa.string()), **columns}),
            described,
            pa.table([social[:, 0], social[:, 1]], schema=SOCIAL),
        ]
        return _Made(tables, kinds, self.dated, counts)

    def _gone(self, users: list[str], items: list[str]) -> list[tuple[str, Any, Any]]:
        return [("users_left_out", self.users, users), ("items_left_out", self.items, items)]

    def _attributes(
        self, users: list[str], recipe: BehaviourRecipe
    ) -> tuple[dict[str, AttributeKind], dict[str, pa.Array]]:
        """The kind of each attribute, and what it is for each user."""
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
            if kinds[name] == "number":
                columns[name] = pa.array([_number_or_none(name, user, told.get(user)) for user in users], pa.float64())
            else:
                columns[name] = pa.array([_name_or_none(told.get(user)) for user in users], pa.string())
        return kinds, columns

    def _kind(self, name: str, told: Mapping[str, str | float], recipe: BehaviourRecipe) -> AttributeKind:
        """What an attribute is: what the user says, what the file says, or what all that is told of it is."""
        if name in recipe.numbers:
            return "number"
        if name in recipe.categories or (name in self.typed and any(isinstance(v, str) for v in told.values())):
            return "category"
        number = next((user for user, value in told.items() if _number(value) is not None), None)
        other = next((user for user, value in told.items() if _number(value) is None), None)
        if number is None or other is None:
            return "category" if number is None else "number"
        expected = f"numbers alone, or names (say --number {name}, --category {name} or --ignore {name})"
        found = f"{told[number]!r} of the user {number} and {told[other]!r} of the user {other}"
        raise DataError(f"attribute {name}", None, expected, found)


def _number(value: str | float) -> float | None:
    """A finite number; None for a string that is none."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _number_or_none(name: str, user: str, value: str | float | None) -> float | None:
    number = None if value is None else _number(value)
    if value is not None and number is None:
        raise DataError(f"user {user}", None, f"a number as {name}", shown(value))
    return number


def _name_or_none(value: str | float | None) -> str | None:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value is None else str(value)


def _nulled(numbers: npt.NDArray[np.floating]) -> pa.Array:
    """Numbers, null where they are not known."""
    return pa.array(numbers, from_pandas=True)


def _in_order(events: _Events) -> _Events:
    """By user, then time, then where they stood."""
    return events.where(np.lexsort((events.time, events.user)))


def _without_repeats(events: _Events, items: int, repeats: Repeats) -> tuple[_Events, int]:
    """Events of which none, or the first or the last of each user and item, is kept; and how many are repeated."""
    pair = events.user.astype(np.int64) * items + events.item
    if repeats == "last":
        _, place = np.unique(pair[::-1], return_index=True)
        place = len(pair) - 1 - place
    else:
        _, place = np.unique(pair, return_index=True)
    repeated = len(pair) - len(place)
    return (events if repeats == "keep" else events.where(np.sort(place))), repeated


def _core(events: _Events, core: int, min_length: int) -> _Events:
    """Events of users and items that have enough of them."""
    while len(events):
        often = [np.bincount(ids)[ids] >= core for ids in (events.user, events.item)]
        kept = often[0] & often[1]
        if kept.all():
            break
        events = events.where(kept)
    return events.where(np.bincount(events.user)[events.user] >= min_length) if len(events) else events


def _renumbered(ids: Ints, names: list[str]) -> tuple[list[str], Ints]:
    """The names that are left, in their old order, and their new numbers in place of the old ones."""
    left, new = np.unique(ids, return_inverse=True)
    return [names[i] for i in left.tolist()], new.astype(np.int32)


def _identical(events: _Events) -> int:
    """Events that say in all what another says, as where files overlap."""
    columns = (events.user, events.item, np.nan_to_num(events.time, nan=-1.0), np.nan_to_num(events.value, nan=-1.0))
    if np.isnan(events.time).all():
        return 0  # without times nobody can say
    return len(events) - len(np.unique(np.stack([column.astype(np.float64) for column in columns], axis=1), axis=0))


def _lengths(events: _Events) -> dict[str, float | None]:
    """How many events users have, and of how many the last event is no later than the one before it.

    That is the share of users with three events or more, of whom the last are asked for; None where there are none.
    """
    counts = np.bincount(events.user)
    ends = np.cumsum(counts)
    whose = counts >= LEAST
    last = events.time[ends[whose] - 1]
    before = events.time[ends[whose] - 2]
    tied = float((~(last > before)).mean()) if whose.any() else None
    return {
        "least_events": int(counts.min()),
        "median_events": float(np.median(counts)),
        "most_events": int(counts.max()),
        "tied_last": tied,
    }
