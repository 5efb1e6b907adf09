"""A knowledge graph on disk, memory-mapped: facts by head and by tail, labels, aliases, priors.

Any number of processes share one graph by its files; opening it reads next to nothing.
Entities and relations are numbered in the order of their first appearance.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.errors import StoreError
from graphs.manifests import Manifest
from graphs.store_files import check_files, read_manifest
from graphs.store_names import Names
from graphs.store_relations import read_relations
from graphs.store_texts import phrases, read_texts
from graphs.triples import SPLITS
from graphs.types import Triple

Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Direction:
    """The triples sorted by head (or by tail), in file order within each: the rows of a CSR matrix.

    Entity ``i`` has the rows ``offsets[i]:offsets[i + 1]`` of the other columns; ``others`` holds
    the tails of its triples (or the heads).
    """

    offsets: npt.NDArray[np.int64]
    relations: npt.NDArray[np.int32]
    others: npt.NDArray[np.int32]

    def rows(self, entity: int) -> slice:
        """The rows of an entity."""
        return slice(int(self.offsets[entity]), int(self.offsets[entity + 1]))

    def of(self, entity: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Relations and other entities of an entity's triples."""
        rows = self.rows(entity)
        return self.relations[rows], self.others[rows]


@dataclass(frozen=True, eq=False)
class InverseDirection(Direction):
    """The triples sorted by tail; ``triple`` is the place of each row in the order by head."""

    triple: Integers


class KnowledgeGraph:
    """The facts and names of a folder that :func:`graphs.importing.import_graph` wrote.

    Triples are numbered in the order by head, file order within each head; ``split`` (a position
    in :data:`graphs.triples.SPLITS`), ``label`` (1 true, −1 false), ``weight`` and ``order`` (the
    place in file order) have one value a triple. ``digest`` names the list of entities: two graphs
    with the same digest give the same ids to the same names. ``checksum`` is of all that the graph holds.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self.manifest = folder, manifest
        self.digest: str = manifest["digest"]
        self.checksum = hashlib.sha256(json.dumps(manifest["files"], sort_keys=True).encode()).hexdigest()
        self.relations, texts = read_relations(folder)
        self._names = Names(folder, manifest["shards"])
        self._texts = read_texts(folder)
        self.relation_texts = [texts.get(name) or self._label(name) for name in self.relations]
        self.by_head = Direction(*map(self._array, ("by_head.offsets", "by_head.relations", "by_head.tails")))
        self.by_tail = InverseDirection(
            *map(self._array, ("by_tail.offsets", "by_tail.relations", "by_tail.heads", "by_tail.triples"))
        )
        self.split, self.label, self.weight, self.order = map(self._array, ("split", "label", "weight", "order"))

    @classmethod
    def open(cls, folder: str | Path, *, verify: bool = False) -> "KnowledgeGraph":
        """Open a folder; with ``verify`` its checksums are compared, not only the sizes of its files.

        Raises :class:`graphs.errors.StoreError` when the folder is no knowledge graph, was not
        wholly written, is damaged, or has another format version.
        """
        folder = Path(folder)
        manifest = read_manifest(folder)
        check_files(folder, manifest, checksums=verify)
        try:
            return cls(folder, manifest)
        except (ValueError, RuntimeError) as error:  # what numpy, marisa and UTF-8 say of bytes that were changed
            expected = "files that can be read (kg info --verify says which is damaged)"
            raise StoreError(folder, None, expected, str(error).partition("\n")[0]) from error

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens the same files."""
        return type(self).open, (self.folder,)

    def _label(self, name: str) -> str:
        """What a relation is called: as the entity of that name (a property of RDF), or its name."""
        entity = self._names.get(name)
        return str(self.labels([entity])[0]) if entity >= 0 else name

    def _array(self, name: str) -> npt.NDArray[Any]:
        # A plain view of the map: slicing a memmap itself takes 10 times as long.
        return np.asarray(np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))

    def __len__(self) -> int:
        """The number of entities."""
        return len(self._texts)

    def __bool__(self) -> bool:
        """A graph is one even without entities."""
        return True

    def __contains__(self, name: str) -> bool:
        """Whether an entity has this name."""
        return self._names.get(name) >= 0

    @property
    def triples(self) -> int:
        """The number of triples, false ones and those of every split among them."""
        return len(self.label)

    def are_usable(self, triples: Integers) -> npt.NDArray[np.bool_]:
        """Which of some triples a text may be given: true ones that are of no split, or of train."""
        held_out = np.isin(self.split[triples], [SPLITS.index("dev"), SPLITS.index("test")])
        return np.asarray((self.label[triples] == 1) & ~held_out)

    @property
    def all_usable(self) -> bool:
        """Whether all triples are usable; known without looking at them."""
        return not any(self.manifest["counts"][kind] for kind in ("dev", "test", "negatives"))

    @property
    def may_repeat(self) -> bool:
        """Whether an entity may have a usable fact twice, in no split and in train; known without looking at them."""
        counts = self.manifest["counts"]
        return bool(counts["train"]) and counts["triples"] > sum(counts[split] for split in SPLITS if split)

    def id(self, name: str) -> int:
        """The id of an entity. Raises :class:`KeyError` if none has this name."""
        found = self._names.get(name)
        if found < 0:
            raise KeyError(f"no entity {name!r} in {self.folder}")
        return found

    def ids(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """The ids of many names, −1 where no entity has the name."""
        return self._names.ids(names)

    def names(self, ids: npt.ArrayLike) -> pa.LargeStringArray:
        """The names of entities."""
        return self._texts["name"].take(_places(ids))

    def labels(self, ids: npt.ArrayLike) -> pa.LargeStringArray:
        """What people call the entities; the name, where nothing else was given."""
        places = _places(ids)
        return pc.coalesce(self._texts["label"].take(places), self._texts["name"].take(places))

    def descriptions(self, ids: npt.ArrayLike) -> pa.LargeStringArray:
        """The descriptions of entities, empty where none was given."""
        return pc.fill_null(self._texts["description"].take(_places(ids)), "")

    def aliases(self, ids: npt.ArrayLike) -> pa.ListArray:
        """Other things people call the entities, beside the label; null where none was given."""
        return self._texts["aliases"].take(_places(ids))

    def priors(self, ids: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """How likely each entity is meant, in any unit; 1 where nothing was given."""
        return np.asarray(pc.fill_null(self._texts["prior"].take(_places(ids)), 1.0), np.float32)

    def phrases(self) -> tuple[pa.LargeStringArray, npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Every label and alias, the entity it is of, and that entity's prior.

        The order is by entity; of one entity the label comes first.
        """
        return phrases(self._texts)

    def facts(self, entity: int) -> list[Triple]:
        """The true triples with this entity as their head, in file order; of every split."""
        rows = self.by_head.rows(entity)
        return [triple for triple in self._read(np.arange(rows.start, rows.stop)) if triple.label == 1]

    def facts_about(self, entity: int) -> list[Triple]:
        """The true triples with this entity as their tail, in file order; of every split."""
        return [triple for triple in self._read(self.by_tail.triple[self.by_tail.rows(entity)]) if triple.label == 1]

    def __iter__(self) -> Iterator[Triple]:
        """All triples, false ones among them, in the order by head."""
        for start in range(0, self.triples, _READ):
            yield from self._read(np.arange(start, min(start + _READ, self.triples)))

    def _read(self, places: Integers) -> Iterable[Triple]:
        heads = np.searchsorted(self.by_head.offsets, places, "right") - 1
        columns = (
            self.names(heads).to_pylist(),
            [self.relations[relation] for relation in self.by_head.relations[places].tolist()],
            self.names(self.by_head.others[places]).to_pylist(),
            [SPLITS[split] for split in self.split[places].tolist()],
            self.label[places].tolist(),
            self.weight[places].tolist(),
        )
        return map(Triple._make, zip(*columns, strict=True))


_READ = 2**14
"""Triples read at once while iterating."""


def _places(ids: npt.ArrayLike) -> pa.Array:
    return pa.array(np.asarray(ids, np.int64))
