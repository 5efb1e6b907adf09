"""Word pieces of tokens and phrases, cut once and kept."""

from collections.abc import Callable, Sequence

import numpy as np

from graphs.codepoints import Codes
from graphs.tables import Ids, Ints, offsets_of, ranges

Cut = Callable[[Sequence[str]], list[list[int]]]
"""A tokenizer: the piece ids of each word (:meth:`kbert.backbone.Backbone.pieces`)."""

LIMIT = 1_000_000
"""Words kept at most. A corpus has always new ones; past this the table starts anew."""


class PieceTable:
    """Piece ids of every word seen, end to end; word ``i`` has ``starts[i]:starts[i] + lengths[i]``."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._forget()

    def _forget(self) -> None:
        self._row: dict[str, int] = {}
        self._row_of_code = np.full(0x110000, -1, dtype=np.int32)
        self.ids: Ints = np.empty(0, dtype=np.int32)
        self.starts: Ids = np.zeros(1, dtype=np.int64)
        self.lengths: Ids = np.empty(0, dtype=np.int64)

    def trim(self) -> None:
        """Forget everything if the table has grown too large; rows handed out before are void then."""
        if len(self._row) > LIMIT:
            self._forget()

    def rows(self, words: Sequence[str]) -> Ints:
        """The row of each word; new words are cut first."""
        known = self._row
        new = [word for word in dict.fromkeys(words) if word not in known]
        if new:
            pieces = self._cut(new)
            known.update(zip(new, range(len(known), len(known) + len(new)), strict=True))
            lengths = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
            self.ids = np.concatenate((self.ids, np.array([i for word in pieces for i in word], dtype=np.int32)))
            self.lengths = np.concatenate((self.lengths, lengths))
            self.starts = offsets_of(self.lengths)
        return np.fromiter(map(known.__getitem__, words), dtype=np.int32, count=len(words))

    def rows_of_codes(self, codes: Codes) -> Ints:
        """The same for words of one character, given as code points."""
        rows = self._row_of_code[codes]
        missing = rows < 0
        if missing.any():
            new = np.unique(codes[missing])
            self._row_of_code[new] = self.rows([chr(code) for code in new.tolist()])
            rows = self._row_of_code[codes]
        return rows

    def gather(self, rows: Ints) -> Ints:
        """The piece ids of many words, end to end."""
        return self.ids[ranges(self.starts[rows], self.lengths[rows])]
