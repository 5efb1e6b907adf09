"""Vectors of entities by name, memory-mapped: a folder that models read vectors from, whatever made these."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from graphs.errors import StoreError, shown
from graphs.files import link_or_copy, write_json
from graphs.knowledge import KnowledgeGraph
from graphs.manifests import Kind, Manifest
from graphs.store_names import Names, digest, name_files, write_names
from graphs.tables import Ids, Table
from kbert.entities.table_file import AT_ONCE, mapped, odd_row

MANIFEST, TABLE = "vectors.json", "model.safetensors"

KIND = Kind(
    "kbert vectors",
    1,
    "vectors of entities",
    "make them anew",
    {"entities": int, "width": int, "names": str, "shards": int, "checksum": str},
)


class Vectors:
    """A vector for each of some entities, which are known by name; nothing is read before it is wanted.

    ``vectors.json`` counts and describes them; ``model.safetensors`` holds them as ``entities``
    (``[entities, width]``, float32), with whatever else its maker put there; the names lie beside as they do in a
    knowledge graph (:mod:`graphs.store_names`). ``digest`` is of names and vectors together, and was worked out
    when they were written. Any number of processes share one folder by its files.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self.manifest = folder, manifest
        self.width: int = manifest["width"]
        self.digest = hashlib.sha256(f"{manifest['names']} {manifest['checksum']}".encode()).hexdigest()
        self._table, self._tensors = mapped(folder / TABLE, "entities", (manifest["entities"], self.width))
        self._names = Names(folder, manifest["shards"])
        if len(self._names) != len(self._table):
            raise StoreError(folder, None, f"{len(self._table):,} names, as there are vectors", f"{len(self._names):,}")

    @classmethod
    def open(cls, folder: str | Path, *, verify: bool = False) -> "Vectors":
        """Open a folder; with ``verify`` the vectors are compared with their checksum.

        Raises :class:`StoreError` for a folder that holds no vectors of this version, and for one where something
        is missing, damaged, or does not fit the rest.
        """
        folder = Path(folder)
        manifest = _manifest(folder)
        for name in name_files(manifest["shards"]):
            if not (folder / name).is_file():
                raise StoreError(folder / name, None, "names of the vectors", "nothing there")
        try:
            opened = cls(folder, manifest)
        except (ValueError, RuntimeError) as error:  # what numpy and marisa say of bytes that were changed
            if isinstance(error, StoreError):
                raise
            found = str(error).partition("\n")[0]
            raise StoreError(folder, None, "names of vectors that can be read", found) from error
        if verify and checksum(opened._table) != manifest["checksum"]:
            raise StoreError(folder / TABLE, None, f"vectors of the SHA-256 {manifest['checksum']}", "others")
        return opened

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens the same files."""
        return type(self).open, (self.folder,)

    def __len__(self) -> int:
        """The number of entities that have a vector."""
        return len(self._table)

    @property
    def has_relations(self) -> bool:
        """Whether there are vectors of relations beside those of entities."""
        return "relations" in self._tensors

    def rows(self, names: Sequence[str]) -> Ids:
        """The rows of entities, −1 for a name without a vector."""
        return self._names.ids(names)

    def take(self, rows: Ids) -> Table:
        """The vectors of some rows, a copy.

        Raises :class:`IndexError` for rows that there are not (−1 among them), and :class:`StoreError` for a
        vector that holds what is no finite number.
        """
        if len(rows) and (rows.min() < 0 or rows.max() >= len(self)):
            raise IndexError(f"rows from 0 to {len(self) - 1:,} are there, unlike {rows.min()} and {rows.max()}")
        taken = self._table[rows]
        odd = odd_row(taken)
        if odd is not None:
            row = int(rows[odd])
            raise not_finite(self.folder / TABLE, row, next(name for i, name in enumerate(self.names()) if i == row))
        return taken

    def names(self) -> Iterator[str]:
        """The names by row."""
        return iter(self._names)

    def parts(self) -> Iterator[Table]:
        """All vectors by row, so many at a time. Raises as :meth:`take` does."""
        for start in range(0, len(self), AT_ONCE):
            yield self.take(np.arange(start, min(start + AT_ONCE, len(self))))

    def save_to(self, folder: str | Path) -> None:
        """Put the same vectors in another folder: its files are linked where the disk allows that, else copied."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in (TABLE, *name_files(self.manifest["shards"]), MANIFEST):
            link_or_copy(self.folder / name, folder / name)


def name_anew(folder: Path, names: pa.LargeBinaryArray, table: Table) -> None:
    """Let a folder with vectors be opened as :class:`Vectors`, by these names, each of them once."""
    shards = write_names(folder, names)
    _write_manifest(folder, table.shape, names=digest(names), shards=shards, checksum=checksum(table))


def name_by_graph(folder: Path, kg: KnowledgeGraph, table: Table) -> None:
    """Let a folder with the vectors of a graph's entities be opened as :class:`Vectors`, by the names in the graph."""
    for name in name_files(kg.manifest["shards"]):
        link_or_copy(kg.folder / name, folder / name)
    _write_manifest(folder, table.shape, names=kg.digest, shards=kg.manifest["shards"], checksum=checksum(table))


def _write_manifest(folder: Path, shape: tuple[int, ...], *, names: str, shards: int, checksum: str) -> None:
    """Say what vectors there are, when all else of them is written; ``names`` and ``checksum`` are digests."""
    counts = {"entities": shape[0], "width": shape[1]}
    write_json(folder / MANIFEST, {**KIND.begin(), **counts, "names": names, "shards": shards, "checksum": checksum})


def checksum(table: Table) -> str:
    """The SHA-256 of the numbers of vectors, row by row."""
    hashed = hashlib.sha256()
    for start in range(0, len(table), AT_ONCE):
        hashed.update(np.ascontiguousarray(table[start : start + AT_ONCE]).data)
    return hashed.hexdigest()


def not_finite(path: str | Path, row: int, name: str) -> StoreError:
    """What there is to say of a vector with NaN or an infinity."""
    return StoreError(path, None, f"finite numbers in row {row} ({shown(name)})", "NaN or an infinity")


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        there = f"a folder without {MANIFEST}" if folder.is_dir() else "no such folder"
        raise StoreError(folder, None, "vectors of entities (see kbert kg embed and kbert convert vectors)", there)
    return KIND.read(path)
