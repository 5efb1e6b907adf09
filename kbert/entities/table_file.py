"""A table of numbers as a tensor of a safetensors file: written in parts, read as a memory map."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open

from graphs.errors import StoreError
from graphs.files import replace_file, sync_file
from graphs.tables import Table

AT_ONCE = 2**18
"""Rows that are looked through together."""

ALIGNED = 8
"""The numbers of a safetensors file begin at a multiple of this."""


class Mapped(NamedTuple):
    """A table in a file, and the names of all tensors there."""

    table: Table
    tensors: frozenset[str]


def mapped(path: Path, name: str, shape: tuple[int, int]) -> Mapped:
    """A table of float32, memory-mapped.

    Raises :class:`StoreError` for a file that is missing or damaged, or holds no such table of that shape.
    """
    if not path.is_file():
        raise StoreError(path, None, f"vectors of {name}", "nothing there")
    try:
        with safe_open(path, framework="numpy") as file:  # sees that the file is whole
            tensors = frozenset(file.keys())
        with path.open("rb") as raw:
            size = int.from_bytes(raw.read(ALIGNED), "little")
            about = json.loads(raw.read(size)).get(name, {})
    except (SafetensorError, OSError, ValueError) as error:
        raise StoreError(path, None, "a whole safetensors file", str(error)) from error
    if about.get("dtype") != "F32" or about["shape"] != list(shape):
        found = f"{about['dtype']} of shape {about['shape']}" if about else f"{', '.join(sorted(tensors)) or 'none'}"
        raise StoreError(path, None, f"{name} of shape {list(shape)} as F32", found)
    if not all(shape):
        return Mapped(np.empty(shape, np.float32), tensors)
    offset = ALIGNED + size + about["data_offsets"][0]
    return Mapped(np.asarray(np.memmap(path, np.dtype("<f4"), "r", offset, shape)), tensors)


def odd_row(table: Table) -> int | None:
    """The first row that holds NaN or an infinity; None if none does."""
    for start in range(0, len(table), AT_ONCE):
        odd = ~np.isfinite(table[start : start + AT_ONCE]).all(1)
        if odd.any():
            return start + int(odd.argmax())
    return None


class TableWriter:
    """Writes a table of float32 row by row into a file of its own; what a killed run wrote can be taken up.

    Args:
        path: the file
        name: that of the tensor
        shape: rows and width
    """

    def __init__(self, path: Path, name: str, shape: tuple[int, int]) -> None:
        self.path, self.shape = path, shape
        size = shape[0] * shape[1] * 4
        about = {"__metadata__": {"format": "pt"}, name: {"dtype": "F32", "shape": shape, "data_offsets": [0, size]}}
        text = json.dumps(about, separators=(",", ":")).encode()
        text += b" " * (-len(text) % ALIGNED)
        self._header = len(text).to_bytes(ALIGNED, "little") + text
        if not path.exists():
            with replace_file(path) as beside:  # a file that is there begins whole, whenever the job is killed
                beside.write_bytes(self._header)

    @property
    def rows(self) -> int:
        """Rows that are written."""
        return (self.path.stat().st_size - len(self._header)) // (self.shape[1] * 4)

    def keep(self, rows: int) -> None:
        """Keep the first rows alone. Raises :class:`StoreError` for a file that begins as that of another table."""
        with self.path.open("r+b") as file:
            if file.read(len(self._header)) != self._header:
                raise StoreError(self.path, None, f"the beginning of a table of shape {list(self.shape)}", "another")
            file.truncate(len(self._header) + rows * self.shape[1] * 4)

    def add(self, table: Table) -> None:
        """Write the next rows."""
        with self.path.open("ab") as file:
            file.write(np.ascontiguousarray(table, np.dtype("<f4")).data)

    def sync(self) -> None:
        """Make what is written durable."""
        sync_file(self.path)
