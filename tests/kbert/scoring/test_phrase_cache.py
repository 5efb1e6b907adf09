"""Texts cut once, against cutting them all anew."""

import itertools
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphs.tables import offsets_of
from kbert.scoring.phrase_cache import PhraseCache
from kbert.triples.texts import Phrases


def cut(texts: Sequence[str]) -> Phrases:
    """A piece a character."""
    ids = np.array([ord(character) for text in texts for character in text], dtype=np.int32)
    return Phrases(offsets_of(np.array([len(text) for text in texts], dtype=np.int64)), ids)


def texts_of(phrases: Phrases) -> list[str]:
    bounds = phrases.offsets.tolist()
    return ["".join(map(chr, phrases.ids[a:b])) for a, b in itertools.pairwise(bounds)]


@given(st.lists(st.lists(st.text("abc", min_size=1, max_size=2), max_size=8)), st.integers(0, 20))
def test_as_cut_anew(parts: list[list[str]], most: int) -> None:
    calls: list[str] = []

    def counted(texts: Sequence[str]) -> Phrases:
        calls.extend(texts)
        return cut(texts)

    cache = PhraseCache(counted, most)
    for part in parts:
        phrases, which = cache(part)
        assert texts_of(phrases) == list(dict.fromkeys(part))
        assert [texts_of(phrases)[i] for i in which] == part
    if most == 20:  # more than there are
        assert len(calls) == len(set(calls))
