"""How much was cut off what was read for a ranking: triples, questions, entities, and the pieces of each."""

from collections.abc import Iterable, Mapping

import numpy as np

from graphs.tables import Ids

Cuts = Mapping[str, tuple[int, int]]
"""By kind: how many were cut, and the pieces that went."""

ONCE = "entities"
"""A retriever reads these once for all parts of a ranking; every part says the same of them."""


def cuts_of(kind: str, cut: Ids) -> Cuts:
    """From the pieces that each of a kind lost."""
    return {kind: (int(np.count_nonzero(cut)), int(np.sum(cut, dtype=np.int64)))}


def joined(parts: Iterable[Cuts]) -> Cuts:
    """Of several parts together."""
    found: dict[str, tuple[int, int]] = {}
    for part in parts:
        for kind, (count, pieces) in part.items():
            before = (0, 0) if kind == ONCE else found.get(kind, (0, 0))
            found[kind] = (before[0] + count, before[1] + pieces)
    return found


def told(cuts: Cuts) -> dict[str, int]:
    """As a result tells it: how many of each kind, and all pieces."""
    counts = {kind: count for kind, (count, _) in cuts.items()}
    return {**counts, "pieces": sum(pieces for _, pieces in cuts.values())}
