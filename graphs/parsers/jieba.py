"""Chinese words as jieba cuts them (https://github.com/fxsjy/jieba), an extra."""

import warnings
from collections.abc import Iterator, Sequence
from importlib import metadata
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from graphs.errors import UnavailableError
from graphs.tables import Parse, ints

if TYPE_CHECKING:
    from jieba import Tokenizer


_MISSING = "the parser jieba needs the package jieba: pip install 'kbert[jieba]'"


def version(**options: Any) -> str:
    """Name and version of the package. Raises :class:`UnavailableError` when it is not installed."""
    try:
        return f"jieba {metadata.version('jieba')}"
    except metadata.PackageNotFoundError as error:
        raise UnavailableError(_MISSING) from error


def _tokenizer() -> "Tokenizer":
    """A tokenizer with the standard dictionary, read anew.

    jieba's own start-up logs to standard error and trusts a cache in the shared temporary folder,
    which other users can write and processes race for; so the dictionary is filled in here.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its source has escapes that newer Pythons warn of
            import jieba
    except ImportError as error:
        raise UnavailableError(_MISSING) from error
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


class Parser:
    """Cut texts into jieba's words, without tags, arcs or sentences; white space is left out.

    Args:
        hmm: find words that are not in jieba's dictionary by its hidden Markov model
    """

    def __init__(self, *, hmm: bool = True) -> None:
        self._tokenizer = _tokenizer()
        self._hmm = hmm

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        words = self._tokenizer.lcut(text, HMM=self._hmm)
        for word, end in zip(words, accumulate(map(len, words)), strict=True):
            if not word.isspace():
                yield end - len(word), end

    def __call__(self, texts: Sequence[str]) -> Parse:
        """Tokens of every text."""
        rows = [(number, *span) for number, text in enumerate(texts) for span in self._spans(text)]
        return Parse.cut(ints(row[0] for row in rows), ints(row[1] for row in rows), ints(row[2] for row in rows))
