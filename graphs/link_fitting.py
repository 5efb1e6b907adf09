"""Weights of the context linker, fitted to links that are known to be right."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graphs.errors import OptionsError
from graphs.link_counts import LinkCounts, Said
from graphs.link_gold import Gold, Place
from graphs.link_weights import Doubles, Weights, log_share
from graphs.linkers import context
from graphs.merge import snapped, staying
from graphs.options import check_range
from graphs.parsing import ParserPart, parse_documents
from graphs.tables import NIL, Ids, offsets_of, ranges

TOGETHER = 64
"""Documents that are parsed and compared together."""

RIDGE = 1e-3
"""Keeps weights finite where known links can be told from all else without an error."""

STEPS = 100


class Examples(NamedTuple):
    """Mentions that the linker finds, snapped to tokens, their candidates, and which of these is right.

    ``tokens`` are the first and the last token of each mention (``[mentions, 2]``), counted through all texts.
    Candidates of mention ``i`` are at ``offsets[i]:offsets[i + 1]``; ``right`` is the row of the right one, −1 where
    there is none: the span is not marked, or means something else.
    """

    places: list[Place]
    tokens: Ids
    offsets: Ids
    entity: Ids
    share: Doubles
    cosine: Doubles
    right: Ids

    def where(self, which: npt.NDArray[np.bool_]) -> "Examples":
        """Some of the mentions."""
        rows = np.flatnonzero(which)
        count = np.diff(self.offsets)[rows]
        kept, offsets = ranges(self.offsets[rows], count), offsets_of(count)
        right = np.where(self.right[rows] < 0, -1, self.right[rows] - self.offsets[rows] + offsets[:-1])
        places = [self.places[row] for row in rows.tolist()]
        return Examples(
            places, self.tokens[rows], offsets, self.entity[kept], self.share[kept], self.cosine[kept], right
        )

    @property
    def document(self) -> Ids:
        """The number of each mention's document."""
        return np.fromiter((place[0] for place in self.places), np.int64, len(self.places))

    def said(self, weights: Weights) -> dict[Place, Said]:
        """What the linker says of each mention with these weights; of two that share a token one stays."""
        score = weights.scores(self.offsets, self.share, self.cosine)
        best = context.ranked(self.offsets, score)[self.offsets[:-1]]
        taken = score[best] >= weights.threshold
        return self._said(np.where(taken, self.entity[best], NIL), np.where(taken, score[best], 0.0))

    def said_by_prior(self) -> dict[Place, Said]:
        """What the dictionary linker says of each mention: the candidate of the best prior."""
        best = self.offsets[:-1]
        return self._said(self.entity[best], self.share[best])

    def _said(self, chosen: Ids, score: Doubles) -> dict[Place, Said]:
        length = np.fromiter((end - start for _, _, start, end in self.places), np.int32, len(self.places))
        one_linker = np.zeros(len(self.places), np.int32)
        stays = staying(self.tokens, length, chosen, score, one_linker)
        bounds = zip(self.offsets[stays].tolist(), self.offsets[stays + 1].tolist(), strict=True)
        candidates = [self.entity[first:last].tolist() for first, last in bounds]
        places = [self.places[row] for row in stays.tolist()]
        return {place: Said(*one) for place, *one in zip(places, chosen[stays].tolist(), candidates, strict=True)}


class _Found(NamedTuple):
    """What was found in some documents: as in :class:`Examples`, but that nobody knows what is right."""

    places: list[Place]
    tokens: Ids
    counts: Ids
    entity: Ids
    share: Doubles
    cosine: Doubles


def examples_of(
    linker: context.Linker, parser: ParserPart, gold: Gold, on_texts: Callable[[int], None] = lambda texts: None
) -> Examples:
    """What the linker finds in documents, before it chooses; ``on_texts`` hears how many were read.

    Raises :class:`OptionsError` where nothing at all is found.
    """
    parts = [part for part in _found(linker, parser, gold, on_texts) if part.places]
    if not parts:
        raise OptionsError("the linker finds nothing in the gold texts: there is nothing to fit to")
    places = [place for part in parts for place in part.places]
    tokens, counts, entity, share, cosine = (np.concatenate(column) for column in list(zip(*parts, strict=True))[1:])
    meant = np.array([gold.entity.get(place, NIL) for place in places])
    mention = np.repeat(np.arange(len(places)), counts)
    right = np.full(len(places), -1)
    hits = np.flatnonzero(entity == meant[mention])
    right[mention[hits]] = hits
    return Examples(places, tokens, offsets_of(counts), entity, share, cosine, right)


def _found(linker: context.Linker, parser: ParserPart, gold: Gold, on_texts: Callable[[int], None]) -> Iterator[_Found]:
    tokens_before = 0
    for begin in range(0, len(gold.documents), TOGETHER):
        some = gold.documents[begin : begin + TOGETHER]
        owner = [(begin + number, i) for number, document in enumerate(some) for i in range(len(document.texts))]
        texts = [text for document in some for text in document.texts]
        parse = parse_documents(parser, some)
        mentions, cosine = linker.compare(texts, parse)
        rows, tokens, start, end = snapped(texts, parse, mentions)
        columns = zip(mentions.text[rows].tolist(), start.tolist(), end.tolist(), strict=True)
        counts = np.diff(mentions.candidate_offsets)[rows]
        kept = ranges(mentions.candidate_offsets[rows], counts)
        yield _Found(
            places=[(*owner[text], first, last) for text, first, last in columns],
            tokens=tokens + tokens_before,
            counts=counts,
            entity=mentions.candidate_entity[kept],
            share=mentions.candidate_score[kept].astype(np.float64),
            cosine=cosine[kept].astype(np.float64),
        )
        tokens_before += len(parse)
        on_texts(begin + len(some))


def fit(examples: Examples, in_graph: int, *, likeness: bool = True) -> Weights:
    """The likeliest weights, and the threshold with which F1 is best where ``in_graph`` links are known.

    A weight of the prior or of the context that would be below 0 is 0; without ``likeness`` (the control) that of the
    context is. Mentions of nothing are examples as all others are, so that also what is no name is told apart.
    Raises :class:`OptionsError` where no mention is right.
    """
    if not (examples.right >= 0).any():
        raise OptionsError(
            f"none of {len(examples.places):,} mentions to fit to is a known link: does the gold name entities as the "
            "graph does, and are the folds few enough?"
        )
    free = np.array([True, likeness, True])
    while True:
        found = _likeliest(examples, free)
        below = (found < 0) & [True, True, False]
        if not below.any():
            break
        free &= ~below
    weights = Weights(*found.tolist())
    return weights._replace(threshold=_threshold(examples, weights, in_graph))


def _likeliest(examples: Examples, free: npt.NDArray[np.bool_]) -> Doubles:
    """Newton's method for a conditional logit; weights that are not free stay 0."""
    count = np.diff(examples.offsets)
    mentions, candidates = len(count), len(examples.share)
    inputs = np.zeros((candidates + mentions, 3))
    inputs[:candidates, 0], inputs[:candidates, 1] = log_share(examples.share), examples.cosine
    inputs[candidates:, 2] = 1
    inputs = inputs[:, free]
    mention = np.concatenate((np.repeat(np.arange(mentions), count), np.arange(mentions)))
    right = np.where(examples.right < 0, candidates + np.arange(mentions), examples.right)
    found = np.zeros(int(free.sum()))
    for _ in range(STEPS):
        power = np.exp(np.clip(inputs @ found, -500, 500))
        chance = power / np.bincount(mention, power)[mention]
        weighted = inputs * chance[:, None]
        mean = np.stack([np.bincount(mention, column) for column in weighted.T], axis=1)
        slope = (inputs[right] - mean).sum(0) - RIDGE * found
        curve = weighted.T @ inputs - mean.T @ mean + RIDGE * np.eye(len(found))
        step = np.linalg.solve(curve, slope)
        found += step * min(1.0, 5 / max(float(np.abs(step).max()), 1e-12))  # no leap out of where it is convex enough
        if np.abs(step).max() < 1e-8:
            break
    whole = np.zeros(3)
    whole[free] = found
    return whole


def _threshold(examples: Examples, weights: Weights, in_graph: int) -> float:
    """Half-way between two scores, such that F1 of the links from it on is best; of equal ones the lowest."""
    score = weights.scores(examples.offsets, examples.share, examples.cosine)
    best = context.ranked(examples.offsets, score)[examples.offsets[:-1]]
    order = np.argsort(-score[best], kind="stable")
    tops, right = score[best][order], np.cumsum((best == examples.right)[order])
    f1 = 2 * right / (np.arange(1, len(tops) + 1) + in_graph)
    below = np.append(tops[1:], 0.0)
    f1[tops == below] = -1  # equal scores are on one side
    last = len(f1) - 1 - int(f1[::-1].argmax())
    return float((tops[last] + below[last]) / 2)


def cross_fit(examples: Examples, gold: Gold, folds: int, *, likeness: bool = True) -> LinkCounts:
    """How right links are in documents whose links had no part in the weights, fold by fold (every ``folds``-th).

    Raises :class:`OptionsError` for fewer documents than folds.
    """
    check_range("folds", folds, 2, most=len(gold.documents))
    said: dict[Place, Said] = {}
    fold = examples.document % folds
    for number in range(folds):
        known = sum(entity >= 0 for place, entity in gold.entity.items() if place[0] % folds != number)
        weights = fit(examples.where(fold != number), known, likeness=likeness)
        said |= examples.where(fold == number).said(weights)
    return LinkCounts.of(gold.entity, said)
