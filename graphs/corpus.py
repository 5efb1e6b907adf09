"""Text graphs as columns, and on disk: a folder of Parquet parts with a manifest.

A row carries its graph whole, so that training needs no knowledge graph and any Parquet tool
reads it. ``SCHEMA`` is the same in every part.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphs.errors import StoreError
from graphs.files import replace_file
from graphs.manifests import MANIFEST, Kind, Manifest, checksum
from graphs.tables import Ints
from graphs.types import Arc, Candidate, Entity, Fact, Mention, Role, Sentence, Target, TextGraph, Token

KIND = Kind(
    "kbert text graphs",
    1,
    "kbert text graphs",
    "build the graphs anew",
    {
        "texts": {"files": [{"name": str}], "apart_from": [{"name": str}]},
        "recipe": {"parser": {"name": str}, "linkers": [{"name": str}], "facts": str},
        "parts": [{"file": str, "rows": int, "bytes": int, "sha256": str}],
        "counts": {"graphs": int, "linked_share": float},
    },
)
ROW_GROUP = 2_048
"""Rows that lie, and are read, together."""

_SPAN = {"text": pa.int8(), "start": pa.int32(), "end": pa.int32()}


def _columns(**fields: pa.DataType) -> pa.StructType:
    """Parallel lists: one list for each field, all of one length."""
    return pa.struct([pa.field(name, pa.list_(kind)) for name, kind in fields.items()])


SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("group", pa.string()),
        pa.field("texts", pa.list_(pa.string()), nullable=False),
        pa.field("sentences", _columns(**_SPAN)),
        pa.field("tokens", _columns(**_SPAN, tag=pa.string(), lemma=pa.string())),
        pa.field("arcs", _columns(head=pa.int32(), dependent=pa.int32(), label=pa.string())),
        pa.field(
            "mentions",
            _columns(
                **_SPAN,
                entity=pa.string(),
                score=pa.float32(),
                linker=pa.string(),
                candidates=pa.list_(pa.struct([("entity", pa.string()), ("score", pa.float32())])),
            ),
        ),
        pa.field("entities", _columns(name=pa.string(), label=pa.string(), description=pa.string())),
        pa.field(
            "facts",
            _columns(
                entity=pa.int32(),
                relation=pa.string(),
                relation_text=pa.string(),
                tail=pa.string(),
                tail_text=pa.string(),
                inverse=pa.bool_(),
            ),
        ),
        pa.field("spans", _columns(role=pa.string(), **_SPAN)),
        pa.field(
            "target",
            pa.struct(
                [
                    ("label", pa.string()),
                    ("labels", pa.list_(pa.string())),
                    ("value", pa.float64()),
                    ("values", pa.list_(pa.float64())),
                    ("tags", pa.list_(pa.string())),
                ]
            ),
        ),
    ]
)
"""The row of a text graph."""


class Column:
    """Parallel lists of one kind (``tokens``, ``facts``, …) over many rows, flat, as numpy and Arrow see them.

    Row ``i`` has the elements ``offsets[i]:offsets[i + 1]``.
    """

    def __init__(self, rows: pa.RecordBatch, name: str) -> None:
        self._struct: pa.StructArray = rows.column(name)
        self.offsets = _offsets(self._struct.field(0))

    def strings(self, name: str) -> pa.StringArray:
        """A field of strings, as Arrow holds it."""
        return self._struct.field(name).flatten()

    def numbers(self, name: str) -> npt.NDArray[Any]:
        """A field of numbers, without copying."""
        return np.asarray(self._struct.field(name).flatten())

    def rows(self) -> Ints:
        """The row of each element."""
        return np.repeat(np.arange(len(self.offsets) - 1, dtype=np.int32), np.diff(self.offsets))


def _offsets(lists: pa.ListArray) -> npt.NDArray[np.int64]:
    """Offsets of lists into their flattened values, from 0 also for a slice."""
    offsets: npt.NDArray[np.int64] = np.asarray(lists.offsets).astype(np.int64)
    return offsets - int(offsets[0])


def texts_of(rows: pa.RecordBatch) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The texts of all rows in one list, and where each row's begin in it."""
    lists = rows.column("texts")
    return lists.flatten().to_pylist(), _offsets(lists)


def from_rows(rows: pa.RecordBatch) -> Iterator[TextGraph]:
    """Rows as records, one after another."""
    for row in rows.to_pylist():
        yield _graph(row)


def _graph(row: Mapping[str, Any]) -> TextGraph:
    def records(name: str) -> Iterator[tuple[Any, ...]]:
        return zip(*row[name].values(), strict=True)

    return TextGraph(
        id=row["id"],
        texts=tuple(row["texts"]),
        group=row["group"],
        sentences=tuple(map(Sentence._make, records("sentences"))),
        tokens=tuple(map(Token._make, records("tokens"))),
        arcs=tuple(map(Arc._make, records("arcs"))),
        mentions=tuple(
            Mention._make((*fields, tuple(Candidate(**candidate) for candidate in candidates)))
            for *fields, candidates in records("mentions")
        ),
        entities=tuple(map(Entity._make, records("entities"))),
        facts=tuple(map(Fact._make, records("facts"))),
        spans=tuple(map(Role._make, records("spans"))),
        target=Target._make(tuple(value) if isinstance(value, list) else value for value in row["target"].values()),
    )


def to_rows(graphs: Sequence[TextGraph]) -> pa.RecordBatch:
    """Records as rows. The inverse of :func:`from_rows`, but for scores, which are kept in 32 bits."""
    rows = [
        {
            "id": graph.id,
            "group": graph.group,
            "texts": list(graph.texts),
            "sentences": _listed(graph.sentences, Sentence._fields),
            "tokens": _listed(graph.tokens, Token._fields),
            "arcs": _listed(graph.arcs, Arc._fields),
            "mentions": {
                **_listed(graph.mentions, Mention._fields),
                "candidates": [[c._asdict() for c in mention.candidates] for mention in graph.mentions],
            },
            "entities": _listed(graph.entities, Entity._fields),
            "facts": _listed(graph.facts, Fact._fields),
            "spans": _listed(graph.spans, Role._fields),
            "target": graph.target._asdict(),
        }
        for graph in graphs
    ]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def _listed(records: Sequence[tuple[Any, ...]], names: tuple[str, ...]) -> dict[str, list[Any]]:
    return {name: [record[i] for record in records] for i, name in enumerate(names)}


def write_part(path: Path, batches: Sequence[pa.RecordBatch]) -> None:
    """Write a part whole or not at all; the same rows give the same bytes."""
    table = pa.Table.from_batches(batches, schema=SCHEMA).combine_chunks()
    with replace_file(path) as beside:
        pq.write_table(table, beside, compression="zstd", row_group_size=ROW_GROUP, write_statistics=False)


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        found = "a folder without manifest.json" if folder.is_dir() else "no such folder"
        raise StoreError(folder, None, "a folder of text graphs (see kbert graph build)", found)
    return KIND.read(path)


def _read(part: Path, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
    """The rows of a part."""
    try:
        yield from pq.ParquetFile(part).iter_batches(ROW_GROUP, columns=columns and list(columns))
    except (pa.ArrowException, OSError) as error:
        raise StoreError(part, None, "a whole Parquet file of text graphs", str(error)) from error


def _graph_at(part: Path, number: int) -> TextGraph:
    """The graph at a place in a part."""
    for rows in _read(part, None):
        if number < len(rows):
            return next(from_rows(rows.slice(number, 1)))
        number -= len(rows)
    raise StoreError(part, None, f"at least {number + 1:,} more text graphs", "none")


class Corpus:
    """Text graphs on disk, opened for reading."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder, self.manifest = folder, manifest
        self.parts = [folder / part["file"] for part in manifest["parts"]]

    @classmethod
    def open(cls, folder: str | Path) -> "Corpus":
        """Open a folder that ``graph build`` wrote.

        Raises :class:`StoreError` when it is no such folder, of another version, or lacks a part.
        """
        folder = Path(folder)
        corpus = cls(folder, _read_manifest(folder))
        for file, part in zip(corpus.parts, corpus.manifest["parts"], strict=True):
            size = file.stat().st_size if file.is_file() else 0
            if size != part["bytes"]:
                raise StoreError(file, None, f"a part of {part['bytes']:,} bytes", f"{size:,} bytes")
        return corpus

    def __len__(self) -> int:
        """The number of text graphs."""
        return sum(part["rows"] for part in self.manifest["parts"])

    def __iter__(self) -> Iterator[TextGraph]:
        """Every graph as a record, in corpus order."""
        for rows in self.batches():
            yield from from_rows(rows)

    def at(self, number: int) -> TextGraph | None:
        """The graph at a place, counted from 0; None behind the last."""
        for file, part in zip(self.parts, self.manifest["parts"], strict=True):
            if number < part["rows"]:
                return _graph_at(file, number)
            number -= part["rows"]
        return None

    def find(self, name: str) -> TextGraph | None:
        """The first graph with this id; None if there is none."""
        before = 0
        for rows in self.batches(["id"]):
            place = pc.index(rows.column("id"), name).as_py()
            if place >= 0:
                return self.at(before + place)
            before += len(rows)
        return None

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Rows as they lie on disk, at most ``ROW_GROUP`` at a time; only the given columns if any are given.

        Raises :class:`StoreError` for a part that cannot be read.
        """
        for part in self.parts:
            yield from _read(part, columns)

    def verify(self) -> None:
        """Compare every part with its checksum. Raises :class:`StoreError` at the first that differs."""
        for file, part in zip(self.parts, self.manifest["parts"], strict=True):
            found = checksum(file)
            if found != part["sha256"]:
                raise StoreError(file, None, f"sha256 {part['sha256'][:16]}…", f"{found[:16]}… (a changed file)")
