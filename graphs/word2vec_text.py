"""Vectors as the text that word2vec and its kin write."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphs.errors import DataError, shown
from graphs.tables import Table

AT_ONCE = 2**12
"""Lines that are made together."""

_SPACE = re.compile(r"\s")
_OTHER_SPACE = re.compile(r"[^\S ]")


def word_of(name: str) -> str:
    """A name as one word: ``_`` for each space in it."""
    return _SPACE.sub("_", name)


def check_spaces(source: str | Path, name: str) -> None:
    """Raise :class:`DataError` for a name that a line of vectors cannot hold even with its spaces."""
    if _OTHER_SPACE.search(name):
        raise DataError(source, None, "names without tabs and line ends", shown(name))


def word2vec_lines(names: Iterable[str], tables: Iterable[Table], count: int, width: int) -> Iterator[str]:
    """The lines of such a text: count and width, then name and numbers of each vector.

    Numbers have as few digits as tell them from any other float32.
    """
    yield f"{count} {width}"
    stream = iter(names)
    for table in tables:
        for start in range(0, len(table), AT_ONCE):
            some = table[start : start + AT_ONCE]
            digits = pa.array(some.reshape(-1)).cast(pa.string())
            offsets = pa.array(np.arange(0, some.size + 1, width, dtype=np.int32))
            rows = pc.binary_join(pa.ListArray.from_arrays(offsets, digits), " ")
            words = pa.array(list(islice(stream, len(some))), pa.string())
            yield from pc.binary_join_element_wise(words, rows, " ").to_pylist()
