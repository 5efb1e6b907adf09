"""How right the parses of a parser are: attachment scores against a treebank.

As in the CoNLL 2018 shared task (Zeman et al. 2018, https://aclanthology.org/K18-2001) a word is attached right where
its head is right, and labelled right where the label of that arc is right, too. Words are known by their characters.
Scores are F1 over the words of both sides; where the parser is given the words, both have the same, and scores are
shares of them.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple

from graphs.errors import DataError, shown
from graphs.parsing import ParserPart, parse_documents
from graphs.tables import Parse
from graphs.types import Document

TOGETHER = 256
"""Documents that are parsed together."""

Span = tuple[int, int]


class Attached(NamedTuple):
    """What a word depends on, and how; the head of a root is None."""

    head: Span | None
    label: str


Arcs = Mapping[Span, Attached]
"""The words of a text that have a head, by where they stand."""


@dataclass
class Tally:
    """Words of the gold and of the parser; those that both have, that are attached alike, and labelled alike."""

    gold: int = 0
    found: int = 0
    words: int = 0
    attached: int = 0
    labelled: int = 0
    labelled_without_subtype: int = 0

    def add(self, gold: Arcs, found: Arcs) -> None:
        """The words of one more text."""
        self.gold += len(gold)
        self.found += len(found)
        for word in gold.keys() & found.keys():
            ours, theirs = found[word], gold[word]
            same = ours.head == theirs.head
            self.words += 1
            self.attached += same
            self.labelled += same and ours.label == theirs.label
            self.labelled_without_subtype += same and _without_subtype(ours.label) == _without_subtype(theirs.label)

    def scores(self) -> dict[str, float]:
        """F1 of each kind by name, 0 where there is nothing to be right about."""
        counts = {
            "words": self.words,
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

    def add(self, text: str, gold: Arcs, found: Arcs) -> None:
        """One more text, with the arcs of the treebank and of the parser."""
        self.texts += 1
        self.all.add(gold, found)
        self.without_punctuation.add(_worded(text, gold), _worded(text, found))
        self.found_labels.update(arc.label for arc in found.values())
        for word, (head, label) in gold.items():
            ours, tally = found.get(word), self.per_label.setdefault(label, LabelTally())
            attached = ours is not None and ours.head == head
            tally.gold += 1
            tally.attached += attached
            tally.labelled += attached and ours is not None and ours.label == label

    @property
    def foreign_labels(self) -> list[str]:
        """Labels of the parser that the treebank does not have, the most frequent first."""
        return [label for label, _ in self.found_labels.most_common() if label not in self.per_label]

    @property
    def foreign_share(self) -> float:
        """The share of the parser's words that have such a label."""
        return sum(self.found_labels[label] for label in self.foreign_labels) / max(self.found_labels.total(), 1)

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        kinds = {"all": self.all, "without_punctuation": self.without_punctuation}
        return {
            "texts": self.texts,
            **{name: {"gold": kind.gold, "found": kind.found, **kind.scores()} for name, kind in kinds.items()},
            "per_label": {label: vars(tally) for label, tally in self.by_frequency()},
            "foreign_labels": self.foreign_labels,
            "foreign_share": self.foreign_share,
        }

    def by_frequency(self) -> list[tuple[str, LabelTally]]:
        """The labels of the treebank, the most frequent first."""
        return sorted(self.per_label.items(), key=lambda item: (-item[1].gold, item[0]))


def score_parser(
    parser: ParserPart,
    documents: Iterable[Document],
    *,
    own_tokens: bool = False,
    on_texts: Callable[[int], None] = lambda texts: None,
) -> ParseScores:
    """Parse the texts of a treebank anew and compare.

    The parser gets the words and sentences of the treebank, or with ``own_tokens`` the text alone. Raises
    :class:`DataError` for a text without arcs to compare with, and where the parser gives no arcs at all.
    """
    scores = ParseScores()
    stream = iter(documents)
    while some := list(islice(stream, TOGETHER)):
        blank = [_blank(document, own_tokens=own_tokens) for document in some]
        gold = [_gold(document) for document in some]
        found = _found(parse_documents(parser, blank), sum(len(document.texts) for document in some))
        for document, known in zip(some, gold, strict=True):
            for number, text in enumerate(document.texts):
                scores.add(text, known[number], next(found))
        on_texts(len(some))
    if scores.texts and not scores.all.found:
        raise DataError("the parser", None, "arcs between words", "none: it does not parse dependencies")
    return scores


def _blank(document: Document, *, own_tokens: bool) -> Document:
    """A document of which the parser does not see what it is to find."""
    if own_tokens:
        return replace(document, tokens=None, arcs=(), sentences=())
    tokens = tuple(token._replace(tag=None, lemma=None) for token in document.tokens or ())
    return replace(document, tokens=tokens, arcs=())


def _gold(document: Document) -> list[Arcs]:
    """The arcs of a document, by its texts."""
    if document.tokens is None or not document.arcs:
        raise document.error("a text with dependency arcs to compare with (CoNLL-U)", shown(document.texts[0]))
    spans = [(token.start, token.end) for token in document.tokens]
    arcs: list[dict[Span, Attached]] = [{} for _ in document.texts]
    for head, dependent, label in document.arcs:
        text = document.tokens[dependent].text
        arcs[text][spans[dependent]] = Attached(None if head < 0 else spans[head], label.lower())
    return list(arcs)


def _found(parse: Parse, texts: int) -> Iterator[Arcs]:
    """The arcs of each text of a parse."""
    spans: list[list[Span]] = [[] for _ in range(texts)]
    for text, start, end in zip(parse.text.tolist(), parse.start.tolist(), parse.end.tolist(), strict=True):
        spans[text].append((start, end))
    arcs: list[dict[Span, Attached]] = [{} for _ in range(texts)]
    columns = (parse.arc_text.tolist(), parse.head.tolist(), parse.dependent.tolist(), parse.arc_label)
    for text, head, dependent, label in zip(*columns, strict=True):
        own = spans[text]
        arcs[text][own[dependent]] = Attached(None if head < 0 else own[head], label.lower())
    return iter(arcs)


def _worded(text: str, arcs: Arcs) -> Arcs:
    """The words that are not made of punctuation alone (Unicode's categories P)."""

    def is_word(start: int, end: int) -> bool:
        return not all(unicodedata.category(character).startswith("P") for character in text[start:end])

    return {span: arc for span, arc in arcs.items() if is_word(*span)}


def _without_subtype(label: str) -> str:
    """A label of Universal Dependencies as all languages have it: ``nsubj`` of ``nsubj:pass``."""
    return label.partition(":")[0]
