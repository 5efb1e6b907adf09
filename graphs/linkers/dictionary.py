"""Labels and aliases of the graph, found as they stand in the text: offline, at megabytes a second.

Aho–Corasick, leftmost-longest. In scripts that put spaces between words a match begins and ends
at a word boundary: every word is wrapped in two marks of its own in both phrases and texts (with
a single mark between neighbours, adjacent mentions would compete for it).
"""

import unicodedata
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick, MatchKind

from graphs.codepoints import CodePointTable, Codes, Joined, decode, is_unspaced
from graphs.errors import OptionsError
from graphs.tables import Ids, Ints, Mentions, Parse
from graphs.types import Mention

if TYPE_CHECKING:
    from graphs.knowledge import KnowledgeGraph

_OPEN, _CLOSE = 0xE000, 0xE001
"""Word marks, from the private use area; where a text has them itself they count as white space."""

_SEPARATOR = "\0"
"""Stands between texts; no name in a graph holds it, so no match reaches across."""

_SPACE = 0x20


def _is_bounded(character: str) -> int:
    """Whether the character is part of a word that has boundaries (letters, digits, their marks)."""
    if is_unspaced(character):
        return 0
    return int(character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M")


def _normal(character: str) -> int:
    """White space of any kind matches a space; our own marks are nobody's letters."""
    return _SPACE if character.isspace() or ord(character) in (_OPEN, _CLOSE) else ord(character)


def _folded(character: str) -> int:
    """One character in lower case where that is one character too (``İ`` is not)."""
    lower = character.lower()
    return _normal(lower if len(lower) == 1 else character)


_bounded = CodePointTable(_is_bounded)
_normals = CodePointTable(_normal)
_folds = CodePointTable(_folded)


def _marked(codes: Codes) -> tuple[Codes, Ids]:
    """Wrap every word in its marks; also give the original place of each element of the result."""
    word = np.concatenate(([0], _bounded(codes), [0])).astype(np.int8)
    step = np.diff(word)
    opens, closes = np.flatnonzero(step == 1), np.flatnonzero(step == -1)
    if not len(opens):
        return codes, np.arange(len(codes))
    where = np.concatenate((opens, closes))
    marks = np.repeat(np.array([_OPEN, _CLOSE], dtype=np.uint32), len(opens))
    # At one place a word may close; none can open there too, for then they would be one word.
    order = np.argsort(where, kind="stable")
    marked = np.insert(codes, where[order], marks[order])
    return marked, np.insert(np.arange(len(codes)), where[order], where[order])


class _Found(NamedTuple):
    """Matches in a list of texts: which text, which characters, which phrase of the dictionary."""

    text: Ints
    start: Ints
    end: Ints
    pattern: Ids


class Linker:
    """Link every longest phrase that is a label or alias of an entity.

    Of several entities of one name the one with the best prior wins (then the one that came first
    into the graph); all stay as candidates, scored by their share of the priors.

    Args:
        fold_case: match without regard to upper and lower case
        lemmas: match the dictionary forms of words too (needs a parser that gives lemmas)
        whole_tokens: keep a match only where tokens of the parser begin and end
        min_length: leave shorter labels and aliases out (characters)
        max_candidates: keep at most this many candidates of a mention
    """

    def __init__(
        self,
        kg: "KnowledgeGraph",
        *,
        fold_case: bool = False,
        lemmas: bool = False,
        whole_tokens: bool = False,
        min_length: int = 1,
        max_candidates: int = 8,
    ) -> None:
        self._normalise = _folds if fold_case else _normals
        self._lemmas, self._whole_tokens = lemmas, whole_tokens
        phrases, entities, priors = kg.phrases()
        patterns = self._patterns([phrase.strip() for phrase in phrases.to_pylist()], max(min_length, 1))
        number = {pattern: i for i, pattern in enumerate(dict.fromkeys(p for p in patterns if p is not None))}
        kept = np.fromiter((p is not None for p in patterns), dtype=bool, count=len(patterns))
        which = np.fromiter((number[p] for p in patterns if p is not None), dtype=np.int64)
        self._rank(which, entities[kept], priors[kept].astype(np.float64), len(number), max_candidates)
        kind = MatchKind.Standard if whole_tokens else MatchKind.LeftmostLongest
        self._automaton = AhoCorasick(list(number), matchkind=kind, store_patterns=False)

    def _patterns(self, phrases: Sequence[str], min_length: int) -> list[str | None]:
        """Phrases as they are searched for; None for those too short to be."""
        joined = Joined.of(phrases, _SEPARATOR)
        marked, _ = _marked(self._normalise(joined.codes).astype(np.uint32))
        found = decode(marked).split(_SEPARATOR)[: len(phrases)]
        return [p if len(phrase) >= min_length else None for p, phrase in zip(found, phrases, strict=True)]

    def _rank(self, which: Ids, entities: Ids, priors: npt.NDArray[np.float64], count: int, most: int) -> None:
        """Candidates of each pattern, best prior first, each entity once."""
        order = np.lexsort((entities, -priors, which))
        which, entities, priors = which[order], entities[order], priors[order]
        _, first = np.unique(np.stack((which, entities)), axis=1, return_index=True)
        first.sort()
        which, entities, priors = which[first], entities[first], priors[first]
        total = np.bincount(which, weights=priors, minlength=count)
        starts = np.concatenate(([0], np.cumsum(np.bincount(which, minlength=count)))).astype(np.int64)
        near = np.arange(len(which)) - starts[which] < most
        self._entity, self._score = entities[near], (priors / total[which])[near].astype(np.float32)
        self._offsets = np.concatenate(([0], np.cumsum(np.bincount(which[near], minlength=count)))).astype(np.int64)

    def __call__(self, texts: Sequence[str], parse: Parse, given: Sequence[Mention]) -> Mentions:
        """Find the mentions of every text; what the corpus came with is not looked at."""
        found = self._find(texts)
        if self._whole_tokens:
            found = _longest(_on_tokens(found, parse))
        if self._lemmas:
            lemmas = self._find_lemmas(texts, parse)
            found = _Found(*(np.concatenate(pair) for pair in zip(found, lemmas, strict=True)))
        text, start, end, pattern = found
        first = self._offsets[pattern]
        counts = self._offsets[pattern + 1] - first
        offsets = np.concatenate(([0], np.cumsum(counts)))
        rows = np.repeat(first - offsets[:-1], counts) + np.arange(offsets[-1])
        return Mentions(
            text, start, end, self._entity[first], self._score[first], offsets, self._entity[rows], self._score[rows]
        )

    def _find(self, texts: Sequence[str]) -> _Found:
        """Match the texts as they are written."""
        joined = Joined.of([text.replace(_SEPARATOR, " ") for text in texts], _SEPARATOR)
        marked, origin = _marked(self._normalise(joined.codes).astype(np.uint32))
        matches = self._automaton.find_matches_as_indexes(decode(marked), overlapping=self._whole_tokens)
        flat = np.fromiter(chain.from_iterable(matches), dtype=np.int64, count=3 * len(matches)).reshape(-1, 3)
        # The element after a match is the next character or a mark before it: both lie where the match ends.
        start, end = origin[flat[:, 1]], np.append(origin, len(joined.codes))[flat[:, 2]]
        pattern = flat[:, 0]
        if self._whole_tokens:
            order = np.lexsort((-end, start))
            start, end, pattern = start[order], end[order], pattern[order]
        text = joined.text_of(start)
        shift = joined.offsets[text]
        return _Found(text, (start - shift).astype(np.int32), (end - shift).astype(np.int32), pattern)

    def _find_lemmas(self, texts: Sequence[str], parse: Parse) -> _Found:
        """Match the texts with a lemma in the place of each token; spans are those of the tokens."""
        if parse.lemma is None:
            raise OptionsError("the dictionary linker's option lemmas needs a parser that gives lemmas, such as spacy")
        written: list[list[str]] = [[] for _ in texts]
        length, here = [0] * len(texts), [0] * len(texts)
        starts: dict[tuple[int, int], int] = {}
        ends: dict[tuple[int, int], int] = {}
        rows = zip(parse.text.tolist(), parse.start.tolist(), parse.end.tolist(), parse.lemma, strict=True)
        for text, start, end, lemma in rows:
            word = lemma or texts[text][start:end]
            gap = texts[text][here[text] : start]
            written[text] += (gap, word)
            starts[text, length[text] + len(gap)] = start
            length[text] += len(gap) + len(word)
            ends[text, length[text]] = end
            here[text] = end
        found = self._find(["".join(words) for words in written])
        spans = [
            (text, starts[text, start], ends[text, end], pattern)
            for text, start, end, pattern in zip(*(column.tolist() for column in found), strict=True)
            if (text, start) in starts and (text, end) in ends
        ]
        columns = np.array(spans, dtype=np.int64).reshape(-1, 4)
        return _Found(*(columns[:, i].astype(np.int32) for i in range(3)), columns[:, 3])


def _on_tokens(found: _Found, parse: Parse) -> _Found:
    """Leave out matches that begin or end inside a token."""
    width = int(max(found.end.max(initial=0), parse.end.max(initial=0))) + 1
    starts = parse.text.astype(np.int64) * width + parse.start
    ends = parse.text.astype(np.int64) * width + parse.end
    text = found.text.astype(np.int64) * width
    kept = np.isin(text + found.start, starts) & np.isin(text + found.end, ends)
    return _Found(*(column[kept] for column in found))


def _longest(found: _Found) -> _Found:
    """Leftmost-longest among overlapping matches that are in order of text, start and falling end."""
    kept, last = [], (-1, 0)
    for i, (text, start, end) in enumerate(
        zip(found.text.tolist(), found.start.tolist(), found.end.tolist(), strict=True)
    ):
        if (text, start) >= last:
            kept.append(i)
            last = (text, end)
    return _Found(*(column[kept] for column in found))
