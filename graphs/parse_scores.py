"""How right the parses of a parser are: attachment scores against a treebank.

As in the CoNLL 2018 shared task (Zeman et al. 2018, https://aclanthology.org/K18-2001) a word is attached right where
its head is right, and labelled right where the label of that arc is right, too; words are known by their characters,
and scores are F1 over the words of both sides. That task leaves subtypes of labels out (``nsubj`` of ``nsubj:pass``)
and looks at each of the words that are written as one; here such words are one token, as everywhere (see
:mod:`graphs.corpora.conllu`), so that figures of treebanks with many of them are not those of that task.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple

from graphs.errors import DataError, OnBad, OptionsError, shown, stop
from graphs.parsing import ParserPart, parse_documents
from graphs.tables import Parse
from graphs.types import Document

TOGETHER = 256
"""Documents that are parsed together."""

ENOUGH, FOREIGN = 50, 0.2
"""Words of a treebank from which on a share of labels that it does not have tells of another scheme, and that share."""

Span = tuple[int, int]


class Attached(NamedTuple):
    """What a word depends on, and how; the head of a root is None."""

    head: Span | None
    label: str


Words = Mapping[Span, Attached | None]
"""The words of a text by where they stand, and what they depend on; None for a word of which that is not said."""


@dataclass
class Tally:
    """Words of the gold and of the parser; those that both have, that are attached alike, and labelled alike."""

    gold: int = 0
    found: int = 0
    words: int = 0
    attached: int = 0
    labelled: int = 0
    labelled_without_subtype: int = 0

    def add(self, gold: Words, found: Words) -> None:
        """The words of one more text."""
        self.gold += len(gold)
        self.found += len(found)
        for word in gold.keys() & found.keys():
            ours, theirs = found[word], gold[word]
            self.words += 1
            if ours is not None and theirs is not None and ours.head == theirs.head:
                self.attached += 1
                self.labelled += ours.label == theirs.label
                self.labelled_without_subtype += _without_subtype(ours.label) == _without_subtype(theirs.label)

    def scores(self) -> dict[str, float]:
        """F1 of each kind by name, 0 where there is nothing to be right about."""
        counts = {
            "words_f1": self.words,
            "uas": self.attached,
            "las": self.labelled,
            "las_without_subtypes": self.labelled_without_subtype,
        }
        both = self.gold + self.found
        return {name: 2 * count / both if both else 0.0 for name, count in counts.items()}


@dataclass
class LabelTally:
    """Words of a label in the gold, how many of them are attached right, and how many have the right label, too."""

    gold: int = 0
    attached: int = 0
    labelled: int = 0


@dataclass
class ParseScores:
    """How the arcs of a parser compare with those of a treebank. Labels are compared in lower case."""

    texts: int = 0
    all: Tally = field(default_factory=Tally)
    without_punctuation: Tally = field(default_factory=Tally)
    """Words that are made of punctuation alone are left out."""
    per_label: dict[str, LabelTally] = field(default_factory=dict)
    found_labels: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, gold: Words, found: Words) -> None:
        """One more text, with the words of the treebank and of the parser."""
        self.texts += 1
        self.all.add(gold, found)
        self.without_punctuation.add(_worded(text, gold), _worded(text, found))
        self.found_labels.update(arc.label for arc in found.values() if arc is not None)
        for word, theirs in gold.items():
            if theirs is not None:
                ours, tally = found.get(word), self.per_label.setdefault(theirs.label, LabelTally())
                attached = ours is not None and ours.head == theirs.head
                tally.gold += 1
                tally.attached += attached
                tally.labelled += attached and ours == theirs

    @property
    def foreign_labels(self) -> list[str]:
        """Labels of the parser of which the treebank has none, subtypes aside, the most frequent first."""
        known = set(map(_without_subtype, self.per_label))
        return [label for label, _ in self.found_labels.most_common() if _without_subtype(label) not in known]

    @property
    def foreign_share(self) -> float:
        """The share of the parser's arcs that have such a label."""
        return sum(self.found_labels[label] for label in self.foreign_labels) / max(self.found_labels.total(), 1)

    @property
    def other_scheme(self) -> bool:
        """Whether so many labels are foreign that the parser's may be of another scheme than the treebank's."""
        return self.all.gold >= ENOUGH and self.foreign_share >= FOREIGN

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        kinds = {"all": self.all, "without_punctuation": self.without_punctuation}
        return {
            "texts": self.texts,
            **{name: {"gold": kind.gold, "found": kind.found, **kind.scores()} for name, kind in kinds.items()},
            "per_label": {label: vars(tally) for label, tally in self.by_frequency()},
            "foreign_labels": self.foreign_labels,
            "foreign_share": self.foreign_share,
            "other_scheme": self.other_scheme,
        }

    def by_frequency(self) -> list[tuple[str, LabelTally]]:
        """The labels of the treebank, the most frequent first."""
        return sorted(self.per_label.items(), key=lambda item: (-item[1].gold, item[0]))


def score_parser(
    parser: ParserPart,
    documents: Iterable[Document],
    *,
    own_tokens: bool = False,
    bad: OnBad = stop,
    on_documents: Callable[[int], None] = lambda documents: None,
) -> ParseScores:
    """Parse the texts of a treebank anew and compare.

    The parser gets the words and sentences of the treebank, or with ``own_tokens`` the text alone. ``bad`` hears of
    texts without arcs to compare with. Raises :class:`OptionsError` for a parser that cannot work on given words, and
    :class:`DataError` where it gives no arcs, and where there is no text to compare.
    """
    if not own_tokens and not hasattr(parser, "annotate"):
        raise OptionsError("the parser cannot work on given words: let it cut them itself (--own-tokens)")
    scores = ParseScores()
    stream = iter(documents)
    while some := list(islice(stream, TOGETHER)):
        known = [(document, gold) for document in some if (gold := _gold(document, bad)) is not None]
        blank = [_blank(document, own_tokens=own_tokens) for document, _ in known]
        found = _found(parse_documents(parser, blank), sum(len(document.texts) for document in blank))
        for document, gold in known:
            for number, text in enumerate(document.texts):
                scores.add(text, gold[number], next(found))
        if scores.texts and not scores.found_labels:
            raise DataError("the parser", None, "arcs between words", "none: it does not parse dependencies")
        on_documents(len(some))
    if not scores.texts:
        raise DataError("treebank", None, "a text with dependency arcs at least", "none")
    return scores


def _blank(document: Document, *, own_tokens: bool) -> Document:
    """A document of which the parser does not see what it is to find."""
    if own_tokens:
        return replace(document, tokens=None, arcs=(), sentences=())
    tokens = tuple(token._replace(tag=None, lemma=None) for token in document.tokens or ())
    return replace(document, tokens=tokens, arcs=())


def _gold(document: Document, bad: OnBad) -> list[Words] | None:
    """The words of a document, by its texts; None, once ``bad`` has heard of it, where nothing is said of them."""
    if document.tokens is None or not document.arcs:
        bad(document.error("a text with dependency arcs to compare with (CoNLL-U)", shown(document.texts[0])))
        return None
    spans = [(token.start, token.end) for token in document.tokens]
    words: list[dict[Span, Attached | None]] = [{} for _ in document.texts]
    for token, span in zip(document.tokens, spans, strict=True):
        words[token.text][span] = None
    for head, dependent, label in document.arcs:
        text = document.tokens[dependent].text
        words[text][spans[dependent]] = Attached(None if head < 0 else spans[head], label.lower())
    return list(words)


def _found(parse: Parse, texts: int) -> Iterator[Words]:
    """The words of each text of a parse."""
    spans: list[list[Span]] = [[] for _ in range(texts)]
    for text, start, end in zip(parse.text.tolist(), parse.start.tolist(), parse.end.tolist(), strict=True):
        spans[text].append((start, end))
    words: list[dict[Span, Attached | None]] = [dict.fromkeys(own) for own in spans]
    columns = (parse.arc_text.tolist(), parse.head.tolist(), parse.dependent.tolist(), parse.arc_label)
    for text, head, dependent, label in zip(*columns, strict=True):
        own = spans[text]
        words[text][own[dependent]] = Attached(None if head < 0 else own[head], label.lower())
    return iter(words)


def _worded(text: str, words: Words) -> Words:
    """The words that are not made of punctuation alone (Unicode's categories P)."""

    def is_word(start: int, end: int) -> bool:
        return not all(unicodedata.category(character).startswith("P") for character in text[start:end])

    return {span: arc for span, arc in words.items() if is_word(*span)}


def _without_subtype(label: str) -> str:
    """A label of Universal Dependencies as all languages have it: ``nsubj`` of ``nsubj:pass``."""
    return label.partition(":")[0]
