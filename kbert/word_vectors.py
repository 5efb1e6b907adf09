"""Vectors of words for other models: one a word, with the place of the word in its text; as Parquet or safetensors.

Zhou et al. 2021 (https://arxiv.org/abs/2104.06835) hand such vectors to a speech synthesiser, which repeats each for
the phonemes of its word. A word without any piece has no vector, which both forms show as what it is: null, and NaN.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from graphs.corpus import Column, texts_of
from graphs.errors import DataError, OptionsError
from graphs.files import replace_file
from graphs.tables import Ids, Ints, Table, offsets_of
from kbert.checkpoint import save_tensors


@dataclass(frozen=True, eq=False)
class WordVectors:
    """The words of some texts end to end, with their vectors.

    Row ``i`` of the text graphs has the words ``offsets[i]:offsets[i + 1]``. ``text``, ``start`` and ``end`` say where
    a word stands: in which text of its row (the second of two is 1), and from which code point to which. ``first`` is
    the number of row 0 among all.
    """

    ids: list[str]
    offsets: Ids
    tokens: list[str]
    text: Ints
    start: Ints
    end: Ints
    vectors: Table
    """``[words, width]``; NaN for a word without a vector."""
    first: int = 0

    def __len__(self) -> int:
        """The number of words."""
        return len(self.tokens)

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Which words have no vector."""
        return np.asarray(np.isnan(self.vectors).all(axis=1))

    @classmethod
    def of(cls, rows: pa.RecordBatch, vectors: Table, first: int = 0) -> "WordVectors":
        """The words of text graphs, which have these vectors.

        Raises :class:`DataError` for a vector that is neither missing nor made of finite numbers: the model is broken.
        """
        texts, first_text = texts_of(rows)
        column = Column(rows, "tokens")
        text, start, end = (column.numbers(name).astype(np.int32) for name in ("text", "start", "end"))
        whose = (first_text[column.rows()] + text).tolist()
        tokens = [texts[i][a:b] for i, a, b in zip(whose, start.tolist(), end.tolist(), strict=True)]
        ids = rows.column("id").to_pylist()
        made = cls(ids, column.offsets, tokens, text, start, end, vectors, first)
        odd = np.flatnonzero(~np.isfinite(vectors).all(1) & ~made.missing)
        if len(odd):
            name = ids[int(column.rows()[odd[0]])]
            raise DataError(f"text {name}", None, "vectors of finite numbers", f"others, first of {tokens[odd[0]]!r}")
        return made


KEY = "kbert"
"""The entry of a file's metadata that says what its vectors are."""

MOST_TOLD = 90_000_000
"""Bytes of metadata in a file of safetensors, which has room for 100,000,000 with the names of its tensors."""

Writer = Callable[[WordVectors], None]


def _schema(width: int, about: Mapping[str, str]) -> pa.Schema:
    return pa.schema(
        [
            pa.field("row", pa.int64(), nullable=False),
            pa.field("id", pa.string(), nullable=False),
            pa.field("text", pa.int32(), nullable=False),
            pa.field("word", pa.int32(), nullable=False),
            pa.field("token", pa.string(), nullable=False),
            pa.field("start", pa.int32(), nullable=False),
            pa.field("end", pa.int32(), nullable=False),
            pa.field("vector", pa.list_(pa.float32(), width)),
        ],
        metadata={KEY: json.dumps(about)},
    )


@contextmanager
def _parquet(path: Path, width: int, about: Mapping[str, str]) -> Iterator[Writer]:
    """A row a word, written as they come."""
    schema = _schema(width, about)
    named = {"use_dictionary": ["id", "token"], "compression": "zstd"}

    with replace_file(path) as beside, pq.ParquetWriter(beside, schema, **named) as file:

        def write(words: WordVectors) -> None:
            counts = np.diff(words.offsets)
            place = np.arange(len(words)) - np.repeat(words.offsets[:-1], counts)
            row = np.repeat(np.arange(len(words.ids)), counts)
            flat = pa.array(words.vectors.reshape(-1))
            missing = pa.array(words.missing)
            columns = [
                pa.array(words.first + row),
                pa.array(words.ids, pa.string()).take(pa.array(row)),
                pa.array(words.text),
                pa.array(place.astype(np.int32)),
                pa.array(words.tokens, pa.string()),
                pa.array(words.start),
                pa.array(words.end),
                pa.FixedSizeListArray.from_arrays(flat, width, mask=missing),
            ]
            file.write_table(pa.Table.from_arrays(columns, schema=schema))

        yield write


@contextmanager
def _safetensors(path: Path, width: int, about: Mapping[str, str]) -> Iterator[Writer]:
    """All words end to end, held until the last has come; the ids are with what is told about them."""
    with replace_file(path) as beside:
        beside.touch()  # or it says that it cannot be written, before anything is encoded
        parts: list[WordVectors] = []
        ids: list[str] = []
        room = MOST_TOLD - len(json.dumps(about))

        def hold(words: WordVectors) -> None:
            nonlocal room
            room -= sum(len(json.dumps(name, ensure_ascii=False).encode()) + 2 for name in words.ids)
            if room < 0:
                expected = f"ids of at most {MOST_TOLD:,} bytes in a file of safetensors (take one of Parquet)"
                raise DataError(path, None, expected, f"more, after {len(ids):,} texts")
            ids.extend(words.ids)
            parts.append(replace(words, ids=[], tokens=[]))

        yield hold
        tensors = {
            name: torch.from_numpy(np.concatenate([getattr(part, name) for part in parts]))
            for name in ("text", "start", "end", "vectors")
        }
        tensors["offsets"] = torch.from_numpy(offsets_of(np.concatenate([np.diff(part.offsets) for part in parts])))
        save_tensors(beside, tensors, (KEY, json.dumps({**about, "ids": ids}, ensure_ascii=False)))


FORMS = {".parquet": _parquet, ".safetensors": _safetensors}
"""What writes a file, by the end of its name."""


def check_form(path: Path) -> None:
    """Raise :class:`OptionsError` for a file whose name tells no form."""
    if path.suffix.lower() not in FORMS:
        raise OptionsError(f"{path}: expected a file name that ends in {' or '.join(FORMS)}")


def write_words(path: Path, parts: Iterable[WordVectors], about: Mapping[str, str]) -> dict[str, int]:
    """Write vectors to a file of the form that its name tells, whole or not at all; give what was counted.

    ``about`` is kept as JSON in the file's metadata, under :data:`KEY`. Raises :class:`OptionsError` for a name that
    tells no form, and :class:`DataError` where there is no text.
    """
    check_form(path)
    stream = iter(parts)
    first = next(stream, None)
    if first is None:
        raise DataError("texts", None, "at least one", "none")
    width = first.vectors.shape[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    counts = {"width": width, "texts": 0, "words": 0, "words_without_vector": 0}
    with FORMS[path.suffix.lower()](path, width, about) as write:
        for part in chain([first], stream):
            write(part)
            counts["texts"] += len(part.ids)
            counts["words"] += len(part)
            counts["words_without_vector"] += int(part.missing.sum())
    return counts
