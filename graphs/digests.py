"""Texts by their digests: tells whether texts are among others, whatever files either came in.

Of a task that reads marked spans these belong to what is asked: one sentence may be asked about two mentions.
"""

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.corpus import Column, texts_of

COLUMNS = ("texts", "spans")
"""What digests are made of."""

Digests = npt.NDArray[np.int64]
"""Eight bytes of the SHA-256 of each text."""


def digests_of(batches: Iterable[pa.RecordBatch], roles: Collection[str] = ()) -> Digests:
    """The digest of each row's texts (of a pair together), white space aside, and of the spans with these roles."""
    found: list[bytes] = []
    for rows in batches:
        texts, offsets = texts_of(rows)
        spans = _spans_of(rows, texts, offsets, roles) if roles else {}
        bounds = enumerate(pairwise(offsets.tolist()))
        found += (digest((*texts[start:end], *chain(*spans.get(row, ())))) for row, (start, end) in bounds)
    return np.frombuffer(b"".join(found), dtype="<i8").astype(np.int64)


def _spans_of(
    rows: pa.RecordBatch, texts: Sequence[str], offsets: npt.NDArray[np.int64], roles: Collection[str]
) -> dict[int, list[tuple[str, str, str, str]]]:
    """The spans of the rows that have any: role, number of the text, what stands before and in it; however listed."""
    spans = Column(rows, "spans")
    numbers = (spans.rows(), *(spans.numbers(name) for name in ("text", "start", "end")))
    found: dict[int, list[tuple[str, str, str, str]]] = {}
    for role, row, text, start, end in zip(
        spans.strings("role").to_pylist(), *(column.tolist() for column in numbers), strict=True
    ):
        if role in roles:
            whole = texts[offsets[row] + text]
            found.setdefault(row, []).append((role, str(text), whole[:start], whole[start:end]))
    return {row: sorted(spans) for row, spans in found.items()}


def digest(texts: Sequence[str]) -> bytes:
    """Eight bytes that tell texts from others, white space aside."""
    plain = "\0".join(" ".join(text.split()) for text in texts)
    return sha256(plain.encode("utf-8", "surrogatepass")).digest()[:8]
