"""Which piece of a text an entity sits on: the first piece of its mention (Zhang et al. 2019, section 3.1)."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.tables import Ids, Ints
from kbert.mentions import Linked, linked_mentions
from kbert.trunk import SPECIAL, Trunk

NONE = -1
"""The entity of a piece that has none."""

RowsOf = Callable[[Sequence[str]], Ids]
"""The row of each entity in a table of vectors, by their names; −1 for one that has no vector."""


def aligned(rows: pa.RecordBatch, trunk: Trunk, rows_of: RowsOf, *, min_score: float) -> tuple[Ints, dict[str, int]]:
    """The row of each piece's entity in a table of vectors, and counts.

    Every mention that is linked gives its entity to the first of its own pieces that was kept, so a repeated entity
    sits on each of its mentions, and never on a marker. Of several mentions that begin with the same piece the longest
    counts, then the one with the best score, then the first. Counted are mentions that are ``aligned``; ``unsure``,
    with a score below ``min_score``; ``without_vector``; ``cut_mentions``, of which no piece was kept; and
    ``texts_linked``, with at least one that is aligned.
    """
    linked = linked_mentions(rows)
    coded = linked.entity.dictionary_encode()
    known = rows_of(coded.dictionary.to_pylist())
    entity = known[np.asarray(coded.indices)] if len(known) else np.empty(0, np.int64)
    piece, there = _first_pieces(trunk, linked)
    sure = linked.score >= np.float32(min_score)
    has_vector = entity >= 0
    order = np.lexsort((-np.arange(len(piece)), linked.score, linked.last))  # what comes last counts
    order = order[(sure & has_vector & there)[order]]
    column = np.full(len(trunk.piece_ids), NONE, dtype=np.int32)
    column[piece[order]] = entity[order]
    on = np.flatnonzero(column != NONE)
    counts = {
        "aligned": len(on),
        "unsure": int((~sure).sum()),
        "without_vector": int((sure & ~has_vector).sum()),
        "cut_mentions": int((sure & has_vector & ~there).sum()),
        "texts_linked": len(np.unique(np.searchsorted(trunk.offsets, on, side="right"))),
    }
    return column, counts


def _first_pieces(trunk: Trunk, linked: Linked) -> tuple[Ids, npt.NDArray[np.bool_]]:
    """The first piece of each mention, and whether there is one: a token may have no piece, or have lost all."""
    places = np.where(trunk.word >= 0, np.arange(len(trunk.word)), len(trunk.word))
    of_words = np.append(np.minimum.accumulate(places[::-1])[::-1], len(trunk.word))  # the next piece of a word
    piece = of_words[trunk.first[linked.first]]
    word = np.append(trunk.word, SPECIAL)[piece]
    there = (piece < trunk.offsets[linked.row + 1]) & (word <= linked.last - trunk.token_offsets[linked.row])
    return piece, there
