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
from graphs.linkers._candidates import Candidates
from graphs.options import check_range
from graphs.tables import Ids, Ints, Mentions, Parse, offsets_of, ranges
from graphs.types import Mention

if TYPE_CHECKING:
    from graphs.knowledge import KnowledgeGraph

_OPEN, _CLOSE = 0xE000, 0xE001
"""Word marks, from the private use area; where a text has them itself they count as white space."""

_SEPARATOR = "\0"
"""Stands between texts; inside one it counts as white space, so no match reaches across."""

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
    """One character without its case, where that is one character too (for ``İ`` it is not)."""
    return _normal(next((f for f in (character.casefold(), character.lower()) if len(f) == 1), character))


_bounded = CodePointTable(_is_bounded)
_normals = CodePointTable(_normal)
_folds = CodePointTable(_folded)


def _marked(codes: Codes) -> tuple[Codes, Ids]:
    """Wrap every word in its marks; also give the original place of each element of the result."""
    word = np.concatenate(([0], _bounded(codes), [0])).astype(np.int8)
    step = np.diff(word)
    opens, closes = np.flatnonzero(step == 1), np.flatnonzero(step == -1)
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
    phrase: Ids

    def taken(self, rows: npt.NDArray[np.integer]) -> "_Found":
        """Some of the matches."""
        return _Found(self.text[rows], self.start[rows], self.end[rows], self.phrase[rows])


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
        check_range("min_length", min_length, 1)
        check_range("max_candidates", max_candidates, 1)
        self._fold = _folds if fold_case else _normals
        self._lemmas, self._whole_tokens = lemmas, whole_tokens
        names, entities, priors = kg.phrases()
        phrases = self._searched(names.to_pylist(), min_length)
        number = {phrase: i for i, phrase in enumerate(dict.fromkeys(filter(None, phrases)))}
        kept = np.fromiter(map(bool, phrases), dtype=bool, count=len(phrases))
        which = np.fromiter((number[phrase] for phrase in phrases if phrase), dtype=np.int64)
        self._candidates = Candidates.of(which, entities[kept], priors[kept], len(number), max_candidates)
        # What lies on no token is taken out before the longest are chosen, so then all matches must be known.
        self._overlapping = whole_tokens or lemmas
        kind = MatchKind.Standard if self._overlapping else MatchKind.LeftmostLongest
        self._automaton = AhoCorasick(list(number), matchkind=kind, store_patterns=False)

    def _joined(self, texts: Sequence[str]) -> Joined:
        """Texts end to end as they are compared: without case if wanted, with one kind of white space."""
        joined = Joined.of([text.replace(_SEPARATOR, " ") for text in texts], _SEPARATOR)
        return Joined(self._fold(joined.codes).astype(np.uint32), joined.offsets)

    def _searched(self, names: Sequence[str], min_length: int) -> list[str]:
        """Names as they are searched for; empty for those too short to be."""
        plain = (name.strip(" ") for name in decode(self._joined(names).codes).split(_SEPARATOR)[:-1])
        kept = [name if len(name) >= min_length else "" for name in plain]
        marked, _ = _marked(Joined.of(kept, _SEPARATOR).codes)
        return decode(marked).split(_SEPARATOR)[:-1]

    def __call__(self, texts: Sequence[str], parse: Parse, given: Sequence[Mention]) -> Mentions:
        """Find the mentions of every text; what the corpus came with is not looked at."""
        found = self._find(texts)
        if self._whole_tokens:
            found = _on_tokens(found, parse, parse)
        if self._lemmas:
            found = _both(found, self._find_lemmas(texts, parse))
        if self._overlapping:
            found = _longest(found)
        offsets, entity, score = self._candidates
        best = offsets[found.phrase]
        counts = offsets[found.phrase + 1] - best
        rows = ranges(best, counts)
        return Mentions(
            text=found.text,
            start=found.start,
            end=found.end,
            entity=entity[best],
            score=score[best],
            candidate_offsets=offsets_of(counts),
            candidate_entity=entity[rows],
            candidate_score=score[rows],
        )

    def _find(self, texts: Sequence[str]) -> _Found:
        """Match the texts as they are written, in order of text and start."""
        joined = self._joined(texts)
        marked, origin = _marked(joined.codes)
        matches = self._automaton.find_matches_as_indexes(decode(marked), overlapping=self._overlapping)
        flat = np.fromiter(chain.from_iterable(matches), dtype=np.int64, count=3 * len(matches)).reshape(-1, 3)
        # The element after a match is the next character or a mark before it: both lie where the match ends.
        start, end = origin[flat[:, 1]], np.append(origin, len(joined.codes))[flat[:, 2]]
        phrase = flat[:, 0]
        if self._overlapping:
            order = np.argsort(start, kind="stable")
            start, end, phrase = start[order], end[order], phrase[order]
        text = joined.text_of(start)
        shift = joined.offsets[text]
        return _Found(text, (start - shift).astype(np.int32), (end - shift).astype(np.int32), phrase)

    def _find_lemmas(self, texts: Sequence[str], parse: Parse) -> _Found:
        """Match the texts with a lemma in the place of each token; spans are those of the tokens."""
        if parse.lemma is None:
            raise OptionsError("the dictionary linker's option lemmas needs a parser that gives lemmas, such as spacy")
        written: list[list[str]] = [[] for _ in texts]
        here = [0] * len(texts)
        for text, start, end, lemma in zip(
            parse.text.tolist(), parse.start.tolist(), parse.end.tolist(), parse.lemma, strict=True
        ):
            written[text] += (texts[text][here[text] : start], lemma or texts[text][start:end])
            here[text] = end
        length = np.fromiter((len(piece) for pieces in written for piece in pieces), dtype=np.int64)
        lemmatised = ["".join(pieces) for pieces in written]
        begin = offsets_of(np.fromiter(map(len, lemmatised), dtype=np.int64, count=len(texts)))[parse.text]
        end_there = np.cumsum(length)[1::2] - begin
        start_there = end_there - length[1::2]
        there = Parse.cut(parse.text, start_there.astype(np.int32), end_there.astype(np.int32))
        return _on_tokens(self._find(lemmatised), there, parse)


def _both(written: _Found, lemmas: _Found) -> _Found:
    """Two sets of matches as one."""
    return _Found(
        np.concatenate((written.text, lemmas.text)),
        np.concatenate((written.start, lemmas.start)),
        np.concatenate((written.end, lemmas.end)),
        np.concatenate((written.phrase, lemmas.phrase)),
    )


def _on_tokens(found: _Found, searched: Parse, shown: Parse) -> _Found:
    """The matches that begin and end with a token of ``searched``, with the span that it has in ``shown``."""
    width = int(max(found.end.max(initial=0), searched.end.max(initial=0))) + 1
    text, here = searched.text.astype(np.int64) * width, found.text.astype(np.int64) * width
    first = _positions(text + searched.start, here + found.start)
    last = _positions(text + searched.end, here + found.end)
    kept = np.flatnonzero((first >= 0) & (last >= 0))
    return _Found(found.text[kept], shown.start[first[kept]], shown.end[last[kept]], found.phrase[kept])


def _positions(keys: Ids, wanted: Ids) -> Ids:
    """Where each wanted number stands among ascending keys; −1 where it does not."""
    if not len(keys):
        return np.full(len(wanted), -1)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)


def _longest(found: _Found) -> _Found:
    """Leftmost-longest among overlapping matches; of equal spans the first stays."""
    order = np.lexsort((-found.end, found.start, found.text))
    text, start, end = (column[order].tolist() for column in (found.text, found.start, found.end))
    kept, last = [], (-1, 0)
    for i in range(len(order)):
        if (text[i], start[i]) >= last:
            kept.append(i)
            last = (text[i], end[i])
    return found.taken(order[np.array(kept, dtype=np.int64)])
