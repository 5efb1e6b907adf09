"""Behaviour graphs: who did what with which item and when, who knows whom, and what is known of users.

A folder of Parquet files with a manifest. Users and items are known by their ids, the order in which they first appear;
events stand by user, then time, then where they stood in the files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from graphs.errors import OptionsError, StoreError, did_you_mean
from graphs.manifests import MANIFEST, Kind, Manifest, checksum
from graphs.tables import Ids, Ints, offsets_of

if TYPE_CHECKING:
    from networkx import MultiDiGraph

KIND = Kind(
    "kbert behaviour graph",
    1,
    "a kbert behaviour graph",
    "build it anew",
    {
        "sources": [{"name": str}],
        "files": {...: {"bytes": int, "sha256": str, "rows": int}},
        "attributes": {...: str},
        "counts": {"users": int, "items": int, "events": int},
    },
)

FILES = ("events", "users", "items", "social")

EVENTS = pa.schema(
    [
        pa.field("user", pa.int32(), nullable=False),
        pa.field("item", pa.int32(), nullable=False),
        pa.field("time", pa.float64()),
        pa.field("value", pa.float32()),
    ]
)
ITEMS = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("label", pa.string()),
        pa.field("entity", pa.string()),
    ]
)
"""Of a graph that knows no entity of any item, the last column is left out."""
SOCIAL = pa.schema([pa.field("user", pa.int32(), nullable=False), pa.field("other", pa.int32(), nullable=False)])
NAME = "user"
"""The column of the users' names; the others are their attributes."""


def same_events(digest: str, other: str) -> bool:
    """Whether graphs of these digests (:attr:`BehaviourGraph.digest`) hold the same events of users and items."""
    part = FILES.index("events")
    return digest.split("-")[part] == other.split("-")[part]


AttributeKind = Literal["number", "category"]


@dataclass(frozen=True, eq=False)
class Attribute:
    """What is known of all users in one respect: numbers (NaN: not known), or categories (-1: not known)."""

    kind: AttributeKind
    numbers: npt.NDArray[np.float32]
    """Of a category its place among ``categories``, as a number."""
    categories: list[str]

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Of which users it is known."""
        return ~np.isnan(self.numbers) if self.kind == "number" else self.numbers >= 0

    def told(self, user: int) -> str | float:
        """What it is of a user of whom it is known."""
        number = float(self.numbers[user])
        return number if self.kind == "number" else self.categories[int(number)]


class BehaviourGraph:
    """Behaviour on disk, opened for reading; columns are read when they are first asked for."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self.manifest = folder, manifest

    @classmethod
    def open(cls, folder: str | Path) -> "BehaviourGraph":
        """Open a folder that ``kbert graph behaviour`` wrote.

        Raises :class:`StoreError` when it is no such folder, of another version, or lacks a file.
        """
        folder = Path(folder)
        path = folder / MANIFEST
        if not path.is_file():
            found = (
                "a folder without manifest.json"
                if folder.is_dir()
                else "a file"
                if folder.exists()
                else "no such folder"
            )
            raise StoreError(folder, None, "a behaviour graph (see kbert graph behaviour)", found)
        manifest = KIND.read(path)
        for name in FILES:
            if name not in manifest["files"]:
                raise StoreError(path, None, f"files.{name}", "nothing")
            file, wanted = folder / f"{name}.parquet", manifest["files"][name]["bytes"]
            size = file.stat().st_size if file.is_file() else 0
            if size != wanted:
                raise StoreError(file, None, f"a file of {wanted:,} bytes", f"{size:,} bytes")
        return cls(folder, manifest)

    def verify(self) -> None:
        """Compare checksums. Raises :class:`StoreError` for the first file that is damaged."""
        for name in FILES:
            if checksum(self.folder / f"{name}.parquet") != self.manifest["files"][name]["sha256"]:
                raise StoreError(self.folder / f"{name}.parquet", None, "the bytes that were written", "others")

    def _table(self, name: str) -> pa.Table:
        path = self.folder / f"{name}.parquet"
        try:
            return pq.read_table(path)
        except (pa.ArrowException, OSError) as error:
            raise StoreError(path, None, "a whole Parquet file", str(error)) from error

    @property
    def digest(self) -> str:
        """Of users, items and events, by which a run knows what it was trained on."""
        files = self.manifest["files"]
        return "-".join(files[name]["sha256"][:16] for name in FILES)

    @property
    def dated(self) -> bool:
        """Whether times were told as dates: then they are seconds since 1970, and else what the files' numbers mean."""
        return bool(self.manifest.get("dated"))  # graphs of old do not say so

    @cached_property
    def _events(self) -> pa.Table:
        return self._table("events")

    @cached_property
    def users(self) -> list[str]:
        """Names, by id."""
        names: list[str] = self._users.column(NAME).to_pylist()
        return names

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """The id of each user by name."""
        return {name: number for number, name in enumerate(self.users)}

    def id_of(self, user: str) -> int:
        """The id of a user. Raises :class:`OptionsError` for a name that no user has."""
        if user not in self.ids:
            raise OptionsError(f"{self.folder} has no user {user!r}{did_you_mean(user, self.users)}")
        return self.ids[user]

    @cached_property
    def _users(self) -> pa.Table:
        return self._table("users")

    @cached_property
    def _items(self) -> pa.Table:
        return self._table("items")

    @cached_property
    def items(self) -> list[str]:
        """Names, by id."""
        names: list[str] = self._items.column("name").to_pylist()
        return names

    @cached_property
    def labels(self) -> list[str]:
        """What people call the items, by id; its name where nothing is said."""
        labels: list[str | None] = self._items.column("label").to_pylist()
        return [label or name for label, name in zip(labels, self.items, strict=True)]

    @cached_property
    def entities(self) -> list[str | None]:
        """Which entity of a knowledge graph each item is, by id; None where nothing is said."""
        if "entity" not in self._items.column_names:
            return [None] * len(self.items)
        entities: list[str | None] = self._items.column("entity").to_pylist()
        return entities

    @cached_property
    def offsets(self) -> Ids:
        """The events of user ``i`` are ``offsets[i]:offsets[i + 1]``."""
        user = self._events.column("user").to_numpy()
        return offsets_of(np.bincount(user, minlength=len(self.users)))

    @cached_property
    def item(self) -> Ints:
        """The item of each event."""
        item: Ints = self._events.column("item").to_numpy()
        return item

    @cached_property
    def time(self) -> npt.NDArray[np.float64]:
        """When each event happened; NaN where that is not known."""
        time: npt.NDArray[np.float64] = self._events.column("time").to_numpy()
        return time

    @cached_property
    def value(self) -> npt.NDArray[np.float32]:
        """The value of each event, such as a rating; NaN where there is none."""
        value: npt.NDArray[np.float32] = self._events.column("value").to_numpy()
        return value

    @cached_property
    def attributes(self) -> Mapping[str, Attribute]:
        """What is known of users, by name."""
        return {name: self._attribute(name, kind) for name, kind in self.manifest["attributes"].items()}

    def _attribute(self, name: str, kind: AttributeKind) -> Attribute:
        column = self._users.column(name)
        if kind == "number":
            return Attribute(kind, column.to_numpy().astype(np.float32), [])
        coded = column.combine_chunks().dictionary_encode()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.combine_chunks()
        found = coded.dictionary.to_pylist()
        order = sorted(range(len(found)), key=found.__getitem__)
        place = np.empty(len(found) + 1, dtype=np.float32)
        place[order], place[-1] = np.arange(len(found)), -1
        return Attribute(kind, place[coded.indices.fill_null(len(found)).to_numpy()], [found[i] for i in order])

    def known_of(self, user: int) -> dict[str, str | float]:
        """What is known of one user, by name."""
        known = ((name, attribute) for name, attribute in self.attributes.items() if attribute.known[user])
        return {name: attribute.told(user) for name, attribute in known}

    @cached_property
    def friends(self) -> tuple[Ids, Ints]:
        """Offsets and ids: the friends of user ``i`` are ``ids[offsets[i]:offsets[i + 1]]``, in order."""
        table = self._table("social")
        one, other = (table.column(name).to_numpy() for name in ("user", "other"))
        user, friend = np.concatenate((one, other)), np.concatenate((other, one))
        order = np.lexsort((friend, user))
        return offsets_of(np.bincount(user, minlength=len(self.users))), friend[order].astype(np.int32)

    def to_networkx(self) -> "MultiDiGraph[str]":
        """The graph for networkx.

        Nodes ``user:NAME`` (with their attributes) and ``item:NAME`` (``entity`` where known); edges by ``kind``:
        ``event`` from user to item (``time`` and ``value`` where known), ``friend`` from the one user to the other,
        both ways.
        """
        from networkx import MultiDiGraph

        graph: MultiDiGraph[str] = MultiDiGraph()
        for i, name in enumerate(self.users):
            graph.add_node(f"user:{name}", kind="user", label=name, attributes=self.known_of(i))
        for name, label, entity in zip(self.items, self.labels, self.entities, strict=True):
            told = {} if entity is None else {"entity": entity}
            graph.add_node(f"item:{name}", kind="item", label=label, **told)
        users = np.repeat(np.arange(len(self.users)), np.diff(self.offsets))
        for user, item, time, value in zip(users, self.item, self.time, self.value, strict=True):
            known = {key: float(x) for key, x in (("time", time), ("value", value)) if not np.isnan(x)}
            graph.add_edge(f"user:{self.users[user]}", f"item:{self.items[item]}", kind="event", **known)
        offsets, ids = self.friends
        for user, friend in zip(np.repeat(np.arange(len(self.users)), np.diff(offsets)), ids, strict=True):
            graph.add_edge(f"user:{self.users[user]}", f"user:{self.users[friend]}", kind="friend")
        return graph
