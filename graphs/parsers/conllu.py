"""The parse that a corpus came with, such as a CoNLL-U treebank."""

from collections.abc import Sequence

import numpy as np

from graphs.errors import TextError, shown
from graphs.tables import Parse


class Parser:
    """Keep the tokens and arcs of a corpus that is already parsed; parse nothing."""

    def __call__(self, texts: Sequence[str]) -> Parse:
        """Texts without tokens have no parse to keep. Raises :class:`TextError`."""
        if texts:
            expected = "a text that came with tokens and arcs (for the parser conllu)"
            raise TextError(0, expected, f"plain text {shown(texts[0])}")
        return Parse.of(())

    def annotate(self, texts: Sequence[str], given: Parse) -> Parse:
        """What was given, when every text with tokens has arcs too. Raises :class:`TextError`."""
        unparsed = np.setdiff1d(given.text, given.arc_text)
        if len(unparsed):
            expected = "arcs between the tokens of the text (for the parser conllu)"
            raise TextError(int(unparsed[0]), expected, f"none in {shown(texts[unparsed[0]])}")
        return given
