"""The parse that a corpus came with, such as a CoNLL-U treebank."""

from collections.abc import Sequence

import numpy as np

from graphs.errors import DataError
from graphs.tables import Parse

_NAME = "parser conllu"


class Parser:
    """Keep the tokens and arcs of a corpus that is already parsed; parse nothing."""

    def __call__(self, texts: Sequence[str]) -> Parse:
        """Texts without tokens have no parse to keep. Raises :class:`DataError`."""
        if texts:
            raise DataError(_NAME, None, "texts that came with tokens and arcs", f"plain text {texts[0][:40]!r}")
        return Parse.of(())

    def annotate(self, texts: Sequence[str], given: Parse) -> Parse:
        """What was given, when every text with tokens has arcs too. Raises :class:`DataError`."""
        unparsed = np.setdiff1d(given.text, given.arc_text)
        if len(unparsed):
            found = f"none in {texts[unparsed[0]][:40]!r}"
            raise DataError(_NAME, None, "arcs between the tokens of every text", found)
        return given
