"""Fitting a calibration on the dev triples of a graph."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from graphs.errors import DataError
from graphs.knowledge import KnowledgeGraph
from kbert.triples.calibration import Calibration
from kbert.triples.ids import LEARNT, LabelledIds, TripleIds, triples_of
from kbert.triples.negatives import TripleSet, draw
from kbert.triples.platt import DevMargins
from kbert.triples.reader import TripleReader
from kbert.triples.texts import TripleTexts

MOST = 20_000
"""Triples that are judged: then a share is known to 0.4 points, and an encoder is done in minutes."""

LEAST = 10
"""Triples of each kind without which nothing is fitted: a half would hold fewer than five."""

NEGATIVES = 5
"""False triples drawn for each true one where a run was trained without drawing any."""


class DevTriples(NamedTuple):
    """Dev triples, true and false, in two like halves; ``drawn`` of the false ones were drawn."""

    triples: TripleIds
    is_true: npt.NDArray[np.bool_]
    half: npt.NDArray[np.bool_]
    drawn: int


def calibrate(
    model: TripleReader, kg: KnowledgeGraph, texts: TripleTexts, *, negatives: int, seed: int, precision: torch.dtype
) -> Calibration:
    """Fit a calibration on dev; ``texts`` are those of the graph as the model reads them.

    Raises :class:`DataError` where dev has too few triples, or no false ones can be drawn for them.
    """
    dev = dev_triples(kg, negatives=negatives, seed=seed)
    margins = model.margins(texts, dev.triples, precision=precision)
    judged = DevMargins(margins.astype(np.float64), dev.is_true, dev.triples.relation, dev.half)
    return Calibration.fit(judged, kg.relations, drawn=dev.drawn)


def dev_triples(kg: KnowledgeGraph, *, negatives: int, seed: int) -> DevTriples:
    """True dev triples with false ones: dev's own where it has any, else ``negatives`` drawn for each true one.

    Heads and tails are replaced. What train, dev or triples of no split hold for true is not drawn;
    triples of test are not looked at. Raises as :func:`calibrate` does.
    """
    dev, generator = triples_of(kg, "dev"), np.random.default_rng((seed, 3))
    found = _labelled(dev, generator) if len(dev.false) else _drawn(dev.true, kg, negatives, generator)
    true = int(found.is_true.sum())
    false = len(found.is_true) - true
    if min(true, false) < LEAST:
        expected = f"{LEAST} true and {LEAST} false triples of dev to calibrate by"
        raise DataError(kg.folder, None, expected, f"{true} and {false}")
    return found


def _labelled(dev: LabelledIds, generator: np.random.Generator) -> DevTriples:
    chosen = np.sort(generator.permutation(len(dev.label))[:MOST])
    is_true = dev.label[chosen] > 0
    half = np.empty(len(chosen), dtype=bool)
    for kind in (is_true, ~is_true):
        half[kind] = _halves(int(kind.sum()), generator)
    return DevTriples(dev.triples.where(chosen), is_true, half, drawn=0)


def _drawn(true: TripleIds, kg: KnowledgeGraph, negatives: int, generator: np.random.Generator) -> DevTriples:
    """A false triple is in the half of the true one that it was drawn for."""
    some = true.where(np.sort(generator.permutation(len(true))[: MOST // (1 + negatives)]))
    if len(some) < LEAST:  # nothing can be drawn from a graph without entities
        return DevTriples(some, np.ones(len(some), dtype=bool), np.zeros(len(some), dtype=bool), drawn=0)
    known = TripleSet(triples_of(kg, *LEARNT, "dev").true, len(kg), len(kg.relations))
    false = draw(some, known, len(kg), count=negatives, generator=generator, where=f"dev of {kg.folder}")
    half = _halves(len(some), generator)
    is_true = np.arange(len(some) + len(false)) < len(some)
    return DevTriples(
        TripleIds.join(some, false), is_true, np.concatenate((half, np.repeat(half, negatives))), len(false)
    )


def _halves(count: int, generator: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Half of so many, by chance."""
    return np.asarray(generator.permutation(count) % 2 == 0)
