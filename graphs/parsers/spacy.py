"""Any spaCy pipeline: tokens, sentences, tags, lemmas and dependency arcs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from graphs.options import check_range
from graphs.spacy_pipelines import check_lengths, listed, load, version_of
from graphs.tables import Parse
from graphs.types import Arc, Sentence, Token

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.tokens import Token as Word

    WordSpan = Callable[[int, Word], tuple[int, int]]
    """Start and end of a word of the document with this number."""


def _own_span(number: int, word: "Word") -> tuple[int, int]:
    return word.idx, word.idx + len(word)


def _head(word: "Word") -> "Word | None":
    """The nearest head that is not white space; None for a root."""
    here = word
    while here.head.i != here.i:
        here = here.head
        if not here.is_space:
            return here
    return None


def _arcs(words: Sequence["Word"]) -> Iterator[Arc]:
    """The arcs of the words that the pipeline has parsed."""
    position = {word.i: i for i, word in enumerate(words)}
    for i, word in enumerate(words):
        if word.has_dep():
            head = _head(word)
            yield Arc(-1 if head is None else position[head.i], i, word.dep_)


def _sentences(number: int, doc: "Doc", span: "WordSpan") -> Iterator[Sentence]:
    """The sentences, without white space around them."""
    for sentence in doc.sents if doc.has_annotation("SENT_START") else ():
        words = [word for word in sentence if not word.is_space]
        if words:
            yield Sentence(number, span(number, words[0])[0], span(number, words[-1])[1])


def version(*, pipeline: str, **others: Any) -> str:
    """Name and version of the pipeline. Raises :class:`graphs.errors.UnavailableError` if there is none."""
    return version_of(pipeline)


class Parser:
    """Run a spaCy pipeline; tokens that are white space are left out, and no arc leads through them.

    What a pipeline lacks is not made up: without a parser there are no arcs. Strings that the
    texts add to spaCy's vocabulary are freed after each call.

    Args:
        pipeline: an installed pipeline by name, or the folder of one
        disable: components to leave out, separated by commas (those it does not have are no matter)
        pos: tags are the universal parts of speech (coarse) or the pipeline's own (fine)
        batch_size: texts that run through the pipeline together
    """

    def __init__(
        self,
        *,
        pipeline: str = "en_core_web_sm",
        disable: str = "ner",
        pos: Literal["coarse", "fine"] = "coarse",
        batch_size: int = 128,
    ) -> None:
        check_range("batch_size", batch_size, 1)
        self._nlp = load(pipeline, listed(disable))
        self._pos, self._batch_size = pos, batch_size

    def __call__(self, texts: Sequence[str]) -> Parse:
        """Tokens, arcs and sentences of every text. Raises ``TextError`` for one that is too long."""
        check_lengths(self._nlp, texts)
        return self._parse(texts, _own_span, keep_space=False)

    def annotate(self, texts: Sequence[str], given: Parse) -> Parse:
        """The given tokens, with the tags, lemmas and arcs that the pipeline has for them.

        Given sentences bind the pipeline. Where it says nothing (it has no tagger, say), what was
        given stays.
        """
        check_lengths(self._nlp, texts)
        starts, ends = given.start.tolist(), given.end.tolist()
        first = np.searchsorted(given.text, np.arange(len(texts) + 1)).tolist()

        def span(number: int, word: "Word") -> tuple[int, int]:
            row = first[number] + word.i
            return starts[row], ends[row]

        found = self._parse(self._given(texts, given, first), span, keep_space=True)
        arcs = found if len(found.head) else given
        return replace(
            found,
            tag=given.tag if found.tag is None else found.tag,
            lemma=given.lemma if found.lemma is None else found.lemma,
            arc_text=arcs.arc_text,
            head=arcs.head,
            dependent=arcs.dependent,
            arc_label=arcs.arc_label,
        )

    def _parse(self, inputs: Iterable["str | Doc"], span: "WordSpan", *, keep_space: bool) -> Parse:
        tokens: list[Token] = []
        arcs: list[tuple[int, Arc]] = []
        sentences: list[Sentence] = []
        with self._nlp.memory_zone():
            for number, doc in enumerate(self._nlp.pipe(inputs, batch_size=self._batch_size)):
                words = [word for word in doc if keep_space or not word.is_space]
                tokens += (Token(number, *span(number, word), self._tag(word), word.lemma_ or None) for word in words)
                arcs += ((number, arc) for arc in _arcs(words))
                sentences += _sentences(number, doc, span)
        return Parse.of(tokens, arcs, sentences)

    def _tag(self, word: "Word") -> str | None:
        return (word.pos_ if self._pos == "coarse" else word.tag_) or None

    def _given(self, texts: Sequence[str], given: Parse, first: Sequence[int]) -> Iterator["Doc"]:
        """Documents for the pipeline, of the given tokens and sentences."""
        from spacy.tokens import Doc

        for number, text in enumerate(texts):
            rows = slice(first[number], first[number + 1])
            starts, ends = given.start[rows], given.end[rows]
            cuts = given.sentence_start[given.sentence_text == number]
            begins = np.isin(np.arange(len(starts)), np.searchsorted(starts, cuts)).tolist() if len(cuts) else None
            yield Doc(
                self._nlp.vocab,
                words=[text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)],
                spaces=[text[end : end + 1].isspace() for end in ends.tolist()],
                sent_starts=begins,
            )
