"""Which triples in question were asked before, told by eight bytes of each."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from graphs.questions import Question

Digests = npt.NDArray[np.uint64]


class Repeats:
    """Counts the rows that ask what an earlier row asks: the same names with the same texts.

    What is kept of each distinct row is a digest of 64 bits. Of ten million distinct rows some two
    have one digest with a probability of 0.000003.
    """

    def __init__(self) -> None:
        self._known: Digests = np.empty(0, np.uint64)
        self.count = 0
        self.first: Question | None = None

    def add(self, questions: Sequence[Question]) -> None:
        """Count those of some more rows, and keep the first of all."""
        digests = np.frombuffer(b"".join(map(_digest, questions)), np.uint64)
        fresh, places = np.unique(digests, return_index=True)
        is_new = ~_holds(self._known, fresh)
        repeated = np.ones(len(digests), dtype=bool)
        repeated[places[is_new]] = False
        if self.first is None and repeated.any():
            self.first = questions[int(repeated.argmax())]
        self.count += int(np.count_nonzero(repeated))
        fresh = fresh[is_new]
        self._known = np.insert(self._known, np.searchsorted(self._known, fresh), fresh)


def _digest(question: Question) -> bytes:
    return blake2b("\0".join(question[2:8]).encode(), digest_size=8).digest()


def _holds(known: Digests, values: Digests) -> npt.NDArray[np.bool_]:
    """Which values are among sorted ones."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    return np.asarray(known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values)
