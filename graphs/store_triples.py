"""Triples on disk: gathered in columns as they come, then sorted by head and by tail.

A range of entities with about :data:`ROWS` triples is sorted at a time, so memory is bounded by that
but for about nine bytes a triple: whether it is repeated, and its place in either order.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from graphs.triples import SPLITS

NO_SPLIT, TRAIN = SPLITS.index(""), SPLITS.index("train")

ROWS = 2**23
"""Triples sorted at once."""

COLUMNS: dict[str, np.dtype[Any]] = {
    "head": np.dtype(np.int32),
    "relation": np.dtype(np.int32),
    "tail": np.dtype(np.int32),
    "split": np.dtype(np.int8),
    "label": np.dtype(np.int8),
    "weight": np.dtype(np.float32),
}
IDENTITY = ("head", "relation", "tail", "split", "label")
"""What makes two triples the same one."""

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]


class Spool:
    """Columns of triples in file order, in raw files that grow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, BinaryIO] = {name: open(folder / name, "wb") for name in COLUMNS}

    def append(self, count: int, **columns: npt.ArrayLike) -> None:
        """Add to some of the columns ``count`` values each; one value stands for all."""
        for name, values in columns.items():
            np.broadcast_to(np.asarray(values, COLUMNS[name]), count).tofile(self._files[name])

    def close(self) -> None:
        """Close the files; nothing more can be added."""
        for file in self._files.values():
            file.close()

    def columns(self) -> dict[str, Array]:
        """What was added, memory-mapped. Nothing more can be added."""
        self.close()
        return {name: _mapped(self._folder / name, dtype) for name, dtype in COLUMNS.items()}

    def without(self, repeated: npt.NDArray[np.bool_]) -> dict[str, Array]:
        """The columns without some rows."""
        columns = self.columns()
        if not repeated.any():
            return columns
        for name, column in columns.items():
            with open(self._folder / f"{name}.once", "wb") as file:
                for start in range(0, len(column), ROWS):
                    column[start : start + ROWS][~repeated[start : start + ROWS]].tofile(file)
        return {name: _mapped(self._folder / f"{name}.once", dtype) for name, dtype in COLUMNS.items()}


def _mapped(path: Path, dtype: np.dtype[Any]) -> Array:
    return np.asarray(np.memmap(path, dtype, "r")) if path.stat().st_size else np.empty(0, dtype)


def counts_of(keys: Array, size: int) -> Rows:
    """How often each of the numbers 0 … ``size`` − 1 is among the keys."""
    counts = np.zeros(size, np.int64)
    for start in range(0, len(keys), ROWS):
        counts += np.bincount(keys[start : start + ROWS], minlength=size)
    return counts


def _ranges(keys: Array, counts: Rows) -> Iterator[Rows]:
    """The rows, ascending, of one range of keys after another; about :data:`ROWS` rows at a time."""
    ends = np.cumsum(counts)
    low = 0
    while low < len(counts):
        before = int(ends[low - 1]) if low else 0
        high = max(low + 1, int(np.searchsorted(ends, before + ROWS, "right")))
        yield np.concatenate(
            [
                start + np.flatnonzero((low <= part) & (part < high))
                for start in range(0, max(len(keys), 1), ROWS)
                for part in [keys[start : start + ROWS]]
            ]
        )
        low = high


def _sorted(keys: Array, counts: Rows) -> Iterator[Rows]:
    """All rows by key, those of one key in their order; some at a time."""
    for rows in _ranges(keys, counts):
        # Key and place in one number: a plain sort of such numbers is stable, and far faster than a stable sort.
        packed = (keys[rows].astype(np.int64) << 32) | np.arange(len(rows))
        packed.sort()
        yield rows[packed & 0xFFFFFFFF]


def known(columns: dict[str, Array], entities: int) -> npt.NDArray[np.bool_]:
    """Which rows say what a row before them says, of the same split; of any split, where they name none."""
    again = repeated(columns, entities)
    no_split = columns["split"] == NO_SPLIT
    if no_split.any() and not no_split.all():
        again |= no_split & repeated({**columns, "split": np.zeros_like(columns["split"])}, entities)
    return again


def contradicted(columns: dict[str, Array], entities: int) -> npt.NDArray[np.bool_]:
    """Which rows call true what a row before them calls false, or the other way round, in whatever splits."""
    labels = columns["label"]
    if not len(labels) or labels.min() == labels.max():
        return np.zeros(len(labels), np.bool_)
    anywhere = {**columns, "split": np.zeros_like(columns["split"])}
    said = repeated({**anywhere, "label": np.zeros_like(labels)}, entities)
    return said & ~repeated(anywhere, entities)


def repeated(columns: dict[str, Array], entities: int) -> npt.NDArray[np.bool_]:
    """Which rows say the same as a row before them."""
    found = np.zeros(len(columns["head"]), np.bool_)
    for rows in _ranges(columns["head"], counts_of(columns["head"], entities)):
        found[rows] = _repeated([columns[name][rows] for name in IDENTITY])
    return found


def in_another_split(columns: dict[str, Array], entities: int) -> npt.NDArray[np.bool_]:
    """Which rows say what a row of another split before them says; train, and none, are one split."""
    learnt = np.maximum(columns["split"], TRAIN)
    if not len(learnt) or learnt.min() == learnt.max():
        return np.zeros(len(learnt), np.bool_)
    anywhere = repeated({**columns, "split": np.zeros_like(learnt)}, entities)
    return anywhere & ~repeated({**columns, "split": learnt}, entities)


def _repeated(columns: list[Array]) -> npt.NDArray[np.bool_]:
    mixed = np.zeros(len(columns[0]), np.uint64)
    for column, factor in zip(columns, _FACTORS, strict=True):
        mixed += column.astype(np.uint64) * factor
    in_order = np.sort(mixed)
    twice = in_order[1:][in_order[1:] == in_order[:-1]]
    found = np.zeros(len(mixed), np.bool_)
    if len(twice):
        # Equal sums are suspects only; among them whole rows are compared.
        suspects = np.flatnonzero(np.isin(mixed, twice))
        by_value = np.lexsort([column[suspects] for column in columns])
        same = np.logical_and.reduce([np.diff(column[suspects][by_value]) == 0 for column in columns])
        found[suspects[by_value[1:][same]]] = True
    return found


_FACTORS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F], np.uint64
)
"""Odd numbers of 64 random bits, one a column, to mix a row into one number."""


def write_triples(folder: Path, columns: dict[str, Array], entities: int) -> None:
    """Write the columns, in file order and without repetitions, by head and by tail."""
    count = len(columns["head"])
    number = np.dtype(np.int32 if count <= np.iinfo(np.int32).max else np.int64)
    order = np.arange(count, dtype=number)
    by_head = {"by_head.relations": columns["relation"], "by_head.tails": columns["tail"], "order": order}
    beside = {name: columns[name] for name in ("split", "label", "weight")}
    _write_sorted(folder, "by_head", columns["head"], by_head | beside, entities)
    place = np.empty(count, number)
    place[np.load(folder / "order.npy", mmap_mode="r", allow_pickle=False)] = order
    by_tail = {"by_tail.relations": columns["relation"], "by_tail.heads": columns["head"], "by_tail.triples": place}
    _write_sorted(folder, "by_tail", columns["tail"], by_tail, entities)


def _write_sorted(folder: Path, name: str, keys: Array, columns: dict[str, Array], entities: int) -> None:
    """Write where the rows of each entity begin, and columns sorted by key; a name is that of the file."""
    counts = counts_of(keys, entities)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    np.save(folder / f"{name}.offsets.npy", offsets, allow_pickle=False)
    with ExitStack() as stack:
        files = {file: stack.enter_context(open(folder / f"{file}.npy", "wb")) for file in columns}
        for file, column in columns.items():
            descr = np.lib.format.dtype_to_descr(column.dtype)
            header = {"descr": descr, "fortran_order": False, "shape": column.shape}
            np.lib.format.write_array_header_1_0(files[file], header)
        for rows in _sorted(keys, counts):
            for file, column in columns.items():
                column[rows].tofile(files[file])
