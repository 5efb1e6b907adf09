"""Records of behaviour in, a behaviour graph on disk out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from graphs import rooms
from graphs.behaviour import EVENTS, FILES, ITEMS, KIND, NAME, SOCIAL, AttributeKind, BehaviourGraph
from graphs.behaviour_gathered import Gathered
from graphs.behaviour_recipe import BehaviourRecipe, Repeats
from graphs.errors import DataError, OnBad, OptionsError, stop
from graphs.files import write_json
from graphs.folders import is_free, new_folder
from graphs.manifests import MANIFEST, checksum
from graphs.rooms import Part
from graphs.tables import Ints

ROOM = "graphs.behaviours"

LEAST = 3
"""Events that a user must have for one to be left out for dev and one for test."""


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
    gathered = Gathered(frozenset(recipe.numbers))
    for path, part in sources:
        records = rooms.find(ROOM, part.name).read(path, columns=columns, bad=bad, **part.options)
        gathered.take(path, records, on_records, bad=bad)
    graph = _graph(gathered, recipe)
    with new_folder(out, "build of this behaviour graph") as folder:
        tables = dict(zip(FILES, graph.tables, strict=True))
        for name, table in tables.items():
            pq.write_table(table, folder / f"{name}.parquet", compression="zstd", write_statistics=False)
        files = {name: folder / f"{name}.parquet" for name in FILES}
        manifest = {
            **KIND.begin(),
            "sources": [
                {
                    "name": Path(path).name,
                    "sha256": digest,
                    "format": part.as_dict(),
                    "holds": dict(gathered.holds[path]),
                }
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


def _graph(gathered: Gathered, recipe: BehaviourRecipe) -> _Made:
    """The graph of all that was taken."""
    if not gathered.user:
        raise DataError("behaviour", None, "events (a file with columns for user and item)", _nothing(gathered))
    events = _Events(
        np.array(gathered.user, np.int32),
        np.array(gathered.item, np.int32),
        np.array(gathered.time, np.float64),
        np.array(gathered.value, np.float32),
    )
    counts: dict[str, Any] = {"events_read": len(events), "identical": _identical(events)}
    events, counts["repeated"] = _without_repeats(_in_order(events), len(gathered.items), recipe.repeats)
    events = _core(events, recipe.core, recipe.min_length)
    if not len(events):
        wanted = (("--core", recipe.core), ("--min-length", recipe.min_length))
        least = " and ".join(f"{name} {value}" for name, value in wanted if value)
        raise DataError("behaviour", None, "events that are left", f"none with {least}")
    users, events.user = _renumbered(events.user, list(gathered.users))
    items, events.item = _renumbered(events.item, list(gathered.items))
    events = _in_order(events)
    own = {name: number for number, name in enumerate(users)}
    counts |= {"users": len(users), "items": len(items), "events": len(events)}
    counts |= {
        name: len(old) - len(new)
        for name, old, new in (("users_left_out", gathered.users, users), ("items_left_out", gathered.items, items))
    }
    counts |= _lengths(events)
    kinds, columns = gathered.attributes(users, recipe)
    counts["users_without_events"] = sum(name not in gathered.users for name in gathered.described)
    pairs = [(a, b) for a, b in gathered.friends if a != b]
    social = np.array([(own[a], own[b]) for a, b in pairs if a in own and b in own], np.int32).reshape(-1, 2)
    counts |= {"friends": len(social), "friends_of_unknown_users": len(pairs) - len(social)}
    counts["friends_of_themselves"] = gathered.themselves
    social = np.sort(social, axis=1)
    social = social[np.lexsort((social[:, 1], social[:, 0]))]
    labels, entities = ([known.get(name) for name in items] for known in (gathered.labels, gathered.entities))
    counts["items_with_a_label"] = sum(label is not None for label in labels)
    counts["labels_of_unknown_items"] = sum(name not in gathered.items for name in gathered.labels)
    counts["items_with_an_entity"] = sum(entity is not None for entity in entities)
    counts["entities_of_unknown_items"] = sum(name not in gathered.items for name in gathered.entities)
    described = pa.table([pa.array(column, pa.string()) for column in (items, labels, entities)], schema=ITEMS)
    if not counts["items_with_an_entity"]:  # then the bytes are those that runs on graphs without this column know
        described = described.drop_columns("entity")
    tables = [
        pa.table([events.user, events.item, _nulled(events.time), _nulled(events.value)], schema=EVENTS),
        pa.table({NAME: pa.array(users, pa.string()), **columns}),
        described,
        pa.table([social[:, 0], social[:, 1]], schema=SOCIAL),
    ]
    return _Made(tables, kinds, gathered.dated, counts)


def _nothing(gathered: Gathered) -> str:
    """What files tell that tell no event."""
    known = f"attributes of users ({', '.join(gathered.told)})"
    told = [
        f"{path} tells {' and '.join(known if one == 'users' else one for one in holds) or 'nothing'}"
        for path, holds in gathered.holds.items()
    ]
    return f"none: {'; '.join(told)}; --columns item=NAME says which column has the items"


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
