"""Labels, descriptions, aliases and priors: gathered as they come, then written beside the names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.tables import Ids
from graphs.types import EntityText

BATCH = 2**16
"""Rows gathered, and entities written, at once."""

FILE = "labels.arrow"

_FIELDS = [
    ("label", pa.large_string()),
    ("description", pa.large_string()),
    ("aliases", pa.list_(pa.large_string())),
    ("prior", pa.float32()),
]
SCHEMA = pa.schema([("name", pa.large_string()), *_FIELDS])
"""One row an entity; null where nothing was given."""

Row = dict[str, Any]


NONE = pa.RecordBatch.from_pylist([], SCHEMA)
"""What is known of the entities of no graph."""


class EntityTexts:
    """What was said of entities, in the order it was said."""

    def __init__(self) -> None:
        self._rows: list[EntityText] = []
        self._batches: list[pa.RecordBatch] = []

    def add(self, text: EntityText) -> None:
        """Note one record."""
        self._rows.append(text)
        if len(self._rows) == BATCH:
            self._pack()

    def _pack(self) -> None:
        columns = list(zip(*self._rows, strict=True)) or [()] * len(SCHEMA)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
        self._batches.append(pa.record_batch(arrays, schema=SCHEMA))
        self._rows = []

    def taken(self) -> pa.RecordBatch:
        """All of it, one row a record."""
        self._pack()
        return _whole(self._batches)


def _whole(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """One batch of many: rows are taken from it by number without a search."""
    table = pa.Table.from_batches(batches, SCHEMA).combine_chunks()
    return next(iter(table.to_batches()), NONE)


def write_texts(folder: Path, names: pa.LargeBinaryArray, old: pa.RecordBatch, texts: pa.RecordBatch, ids: Ids) -> None:
    """Write a row for each name: what an ``old`` graph knew of it, and what ``texts`` said since.

    ``ids`` holds the entity of each row of ``texts`` (−1: none). Of labels, descriptions and
    priors the last wins; a label that was replaced stays as an alias.
    """
    by_entity = np.argsort(ids, kind="stable")
    bounds = np.searchsorted(ids[by_entity], np.arange(0, len(names) + BATCH, BATCH))
    batches = []
    for start in range(0, len(names), BATCH):
        rows = by_entity[bounds[start // BATCH] : bounds[start // BATCH + 1]]
        some = names[start : start + BATCH].cast(pa.large_string())
        known = old.slice(start, len(some)) if start < len(old) else old.slice(0, 0)
        batches.append(_merged(some, known, ids[rows] - start, texts.take(pa.array(rows))))
    with pa.OSFile(str(folder / FILE), "wb") as file, pa.ipc.new_file(file, SCHEMA) as writer:
        writer.write_batch(_whole(batches))


def _merged(names: pa.Array, known: pa.RecordBatch, places: Ids, said: pa.RecordBatch) -> pa.RecordBatch:
    """Rows for some names; ``places`` says of which of them each row of ``said`` speaks."""
    if not len(known) and not len(said):
        # Not pa.nulls: its bytes differ from those of the same column below.
        nothing = [None] * len(names)
        return pa.record_batch([names, *(pa.array(nothing, kind) for _, kind in _FIELDS)], schema=SCHEMA)
    rows: list[Row] = known.select([name for name, _ in _FIELDS]).to_pylist()
    rows += [{} for _ in range(len(names) - len(rows))]
    for place, text in zip(places.tolist(), said.to_pylist(), strict=True):
        _say(rows[place], text)
    for row in rows:
        aliases = dict.fromkeys(row.get("aliases") or ())
        row["aliases"] = [alias for alias in aliases if alias != row.get("label")] or None
    arrays = [pa.array([row.get(name) for row in rows], kind) for name, kind in _FIELDS]
    return pa.record_batch([names, *arrays], schema=SCHEMA)


def _say(row: Row, text: Row) -> None:
    """Add to what is known of an entity."""
    label = row.get("label")
    replaced = [label] if text["label"] and label else []
    row["aliases"] = [*(row.get("aliases") or ()), *replaced, *(text["aliases"] or ())]
    for field in ("label", "description", "prior"):
        row[field] = text[field] or row.get(field)


def read_texts(folder: Path) -> pa.RecordBatch:
    """The rows of a folder, memory-mapped."""
    return pa.ipc.open_file(pa.memory_map(str(folder / FILE))).get_batch(0)


def phrases(texts: pa.RecordBatch) -> tuple[pa.Array, Ids, npt.NDArray[np.float32]]:
    """Every label and alias, the entity it is of, and that entity's prior (1 where none is given).

    The order is by entity; of one entity the label (its name, where it has none) comes first.
    """
    labels, aliases = pc.coalesce(texts["label"], texts["name"]), texts["aliases"]
    owners = np.concatenate([np.arange(len(texts)), np.asarray(pc.list_parent_indices(aliases), np.int64)])
    order = np.argsort(owners, kind="stable")
    entities = owners[order]
    priors = np.asarray(pc.fill_null(texts["prior"], 1.0), np.float32)
    return pa.concat_arrays([labels, pc.list_flatten(aliases)]).take(pa.array(order)), entities, priors[entities]
