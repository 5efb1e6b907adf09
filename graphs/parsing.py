"""Parses of documents: texts go through the parser, tokens that the corpus came with are kept."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from graphs.errors import TextError, shown
from graphs.tables import Ids, Parse
from graphs.types import Arc, Document, Sentence, Token


class ParserPart(Protocol):
    """What a parser does; one that can work on given tokens has ``annotate(texts, given)`` too."""

    def __call__(self, texts: Sequence[str]) -> Parse:
        """Tokens, arcs and sentences of every text."""


def parse_documents(parser: ParserPart, documents: Sequence[Document]) -> Parse:
    """One parse of all texts of all documents, in their order.

    Raises :class:`graphs.errors.DataError` for given tokens that overlap, or do not lie in their
    text in order, and for a text that the parser refuses.
    """
    owners = [document for document in documents for _ in document.texts]
    texts = [text for document in documents for text in document.texts]
    came_cut = np.array([owner.tokens is not None for owner in owners], dtype=bool)
    cut, uncut = np.flatnonzero(came_cut), np.flatnonzero(~came_cut)
    if not len(cut):
        with placed(owners):
            return parser(texts)
    given = _given([document for document in documents if document.tokens is not None])
    cut_texts = [texts[i] for i in cut.tolist()]
    annotate: Callable[[Sequence[str], Parse], Parse] | None = getattr(parser, "annotate", None)
    with placed([owners[i] for i in cut.tolist()]):
        _check_tokens(given, cut_texts)
        if annotate is not None:
            given = annotate(cut_texts, given)
    if not len(uncut):
        return given
    with placed([owners[i] for i in uncut.tolist()]):
        parsed = parser([texts[i] for i in uncut.tolist()])
    return _interleaved((given, cut), (parsed, uncut))


@contextmanager
def placed(owners: Sequence[Document]) -> Iterator[None]:
    """Say which document an error is in, by the number of its text; ``owners`` are those of the texts, one each."""
    try:
        yield
    except TextError as error:
        raise owners[error.text].error(error.expected, error.found) from error


def _given(documents: Sequence[Document]) -> Parse:
    """The tokens, arcs and sentences that documents brought along."""
    tokens: list[Token] = []
    arcs: list[tuple[int, Arc]] = []
    sentences: list[Sentence] = []
    first_text = 0
    for document in documents:
        own = document.tokens or ()
        tokens += [token._replace(text=first_text + token.text) for token in own]
        sentences += [sentence._replace(text=first_text + sentence.text) for sentence in document.sentences]
        of_first = sum(token.text == 0 for token in own)
        for arc in document.arcs:
            text = own[arc.dependent].text
            before = of_first if text else 0
            head = arc.head if arc.head < 0 else arc.head - before
            arcs.append((first_text + text, Arc(head, arc.dependent - before, arc.label)))
        first_text += len(document.texts)
    return Parse.of(tokens, arcs, sentences)


def _check_tokens(given: Parse, texts: Sequence[str]) -> None:
    length = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))[given.text]
    outside = (given.start < 0) | (given.end <= given.start) | (given.end > length)
    same_text = np.diff(given.text) == 0
    disordered = (np.diff(given.text) < 0) | (same_text & (given.start[1:] < given.end[:-1]))
    wrong = np.flatnonzero(outside | np.concatenate(([False], disordered))[: len(outside)])
    if len(wrong):
        text, start, end = (int(column[wrong[0]]) for column in (given.text, given.start, given.end))
        expected = "tokens one after another inside their text"
        found = f"one from {start} to {end} in {shown(texts[text])}"
        raise TextError(text, expected, found)


def _interleaved(*parts: tuple[Parse, Ids]) -> Parse:
    """One parse of parses over different texts; beside each stand the numbers of its texts."""
    token_text, tokens = _ordered([which[parse.text] for parse, which in parts])
    arc_text, arcs = _ordered([which[parse.arc_text] for parse, which in parts])
    sentence_text, sentences = _ordered([which[parse.sentence_text] for parse, which in parts])

    def array(name: str, order: Ids) -> npt.NDArray[Any]:
        return np.concatenate([getattr(parse, name) for parse, _ in parts])[order]

    def strings(name: str, order: Ids) -> list[str | None] | None:
        columns = [(getattr(parse, name), len(parse)) for parse, _ in parts]
        if all(column is None for column, _ in columns):
            return None
        values = [value for column, count in columns for value in (column if column is not None else [None] * count)]
        return [values[i] for i in order.tolist()]

    labels = [label for parse, _ in parts for label in parse.arc_label]
    return Parse(
        text=token_text,
        start=array("start", tokens),
        end=array("end", tokens),
        tag=strings("tag", tokens),
        lemma=strings("lemma", tokens),
        arc_text=arc_text,
        head=array("head", arcs),
        dependent=array("dependent", arcs),
        arc_label=[labels[i] for i in arcs.tolist()],
        sentence_text=sentence_text,
        sentence_start=array("sentence_start", sentences),
        sentence_end=array("sentence_end", sentences),
    )


def _ordered(texts: Sequence[npt.NDArray[np.integer]]) -> tuple[npt.NDArray[np.int32], Ids]:
    """The numbers of texts of several parses in order, and where each stood when they were laid end to end."""
    together = np.concatenate(texts)
    order = np.argsort(together, kind="stable")
    return together[order].astype(np.int32), order
