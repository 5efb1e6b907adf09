"""Tokens as K-BERT and BERT see Chinese: each ideograph and each punctuation mark stands alone.

Everything else between white space is one word, so that the word pieces of the tokens are the
word pieces of the text (Devlin et al. 2019, https://arxiv.org/abs/1810.04805, "basic" tokens).
"""

from collections.abc import Sequence

import numpy as np

from graphs.codepoints import Joined
from graphs.parsers._bert import ALONE, KINDS, NOTHING, SPACE, WORD
from graphs.tables import Parse


class Parser:
    """Cut texts into ideographs, punctuation marks and words, without tags or arcs.

    Control characters, which a tokenizer takes away, neither break a word nor begin one.
    """

    def __call__(self, texts: Sequence[str]) -> Parse:
        """Tokens of every text, several million characters a second."""
        joined = Joined.of(texts)
        kinds = KINDS[joined.codes]
        places = np.flatnonzero(kinds != NOTHING)
        kinds = np.concatenate(([SPACE], kinds[places], [SPACE]), dtype=np.int8)
        before, here, after = kinds[:-2], kinds[1:-1], kinds[2:]
        word, alone = here == WORD, here == ALONE
        start = places[alone | (word & (before != WORD))]
        end = places[alone | (word & (after != WORD))] + 1
        text = joined.text_of(start)
        shift = joined.offsets[text]
        return Parse.cut(text, (start - shift).astype(np.int32), (end - shift).astype(np.int32))
