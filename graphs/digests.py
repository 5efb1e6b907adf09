"""Texts by their digests: tells whether texts are among others, whatever files either came in."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.corpus import texts_of

Digests = npt.NDArray[np.int64]
"""Eight bytes of the SHA-256 of each text."""


def digests_of(batches: Iterable[pa.RecordBatch]) -> Digests:
    """The digest of each row's texts (of a pair together), white space aside."""
    found: list[bytes] = []
    for rows in batches:
        texts, offsets = texts_of(rows)
        bounds = offsets.tolist()
        found += (_digest(texts[start:end]) for start, end in pairwise(bounds))
    return np.frombuffer(b"".join(found), dtype="<i8").astype(np.int64)


def _digest(texts: Sequence[str]) -> bytes:
    plain = "\0".join(" ".join(text.split()) for text in texts)
    return sha256(plain.encode("utf-8", "surrogatepass")).digest()[:8]
