"""Which keys were met before, told by eight bytes of each."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Digests = npt.NDArray[np.uint64]

TOGETHER = 2**16
"""New keys that are kept apart until they are sorted in among the others, which takes as long however few they are."""


class Seen:
    """Keys, of each of which a digest of 64 bits is kept.

    Of ten million distinct keys some two have one digest with a probability of 0.000003.
    """

    def __init__(self) -> None:
        self._sorted: Digests = np.empty(0, np.uint64)
        self._recent: set[int] = set()

    def add(self, keys: Sequence[str]) -> Bools:
        """Take some more keys. Which of them were met before, earlier among these counted."""
        digests = np.frombuffer(b"".join(map(_digest, keys)), np.uint64)
        met = self._sorted_in(digests)
        for place, digest in enumerate(digests.tolist()):
            if digest in self._recent:
                met[place] = True
            elif not met[place]:
                self._recent.add(digest)
        if len(self._recent) >= TOGETHER:
            self._merge()
        return met

    def __len__(self) -> int:
        """How many distinct ones there were."""
        return len(self._sorted) + len(self._recent)

    def _sorted_in(self, digests: Digests) -> Bools:
        if not len(self._sorted):
            return np.zeros(len(digests), dtype=bool)
        places = np.minimum(np.searchsorted(self._sorted, digests), len(self._sorted) - 1)
        return np.asarray(self._sorted[places] == digests)

    def _merge(self) -> None:
        fresh = np.sort(np.fromiter(self._recent, np.uint64, len(self._recent)))
        self._sorted = np.insert(self._sorted, np.searchsorted(self._sorted, fresh), fresh)
        self._recent.clear()


def _digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
