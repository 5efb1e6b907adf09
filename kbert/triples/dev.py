"""How well a scorer does on dev triples, cheaply enough to be asked after every epoch."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import roc_auc_score

from graphs.tables import Ids
from kbert.triples.ids import LabelledIds, TripleIds
from kbert.triples.model import TripleModel
from kbert.triples.negatives import TripleSet
from kbert.triples.ranks import check_numbers, rank_metrics
from kbert.triples.texts import TripleTexts
from kbert.wording import CHOSEN, drawn_of

MOST, DRAWN = 1_000, 49
"""Triples that are ranked, and among how many other entities at each side."""


class LabelledDev:
    """True and false dev triples: how often a true one has a larger margin than a false one.

    ``has_zero`` says that the loss gives margins a zero, from which on a triple is held for true.
    """

    def __init__(self, dev: LabelledIds, *, has_zero: bool) -> None:
        self._dev, self._has_zero = dev, has_zero
        self.protocol = (
            f"AUC over {len(dev.true):,} true and {len(dev.false):,} false triples of the split dev ({CHOSEN})"
        )

    def measure(self, model: TripleModel, texts: TripleTexts, precision: torch.dtype) -> tuple[dict[str, Any], float]:
        """The area under the ROC curve, which chooses the epoch, and the accuracy where there is a zero."""
        margins, is_true = model.margins(texts, self._dev.triples, precision=precision), self._dev.label > 0
        area = float(roc_auc_score(is_true, margins))
        accuracy = {"accuracy": float(((margins > 0) == is_true).mean())} if self._has_zero else {}
        return {**accuracy, "auc": area}, area


class SampledDev:
    """True dev triples, each ranked at both sides among a few other entities, the same after every epoch.

    Entities that make a true triple are not among them. The figures are better than those of a
    ranking among all entities, and serve to choose an epoch.
    """

    def __init__(self, dev: TripleIds, true: TripleIds, entities: int, relations: int, *, seed: int = 0) -> None:
        generator = np.random.default_rng((seed, 2))
        self._own = dev.where(np.sort(generator.permutation(len(dev))[:MOST]))
        drawn = _drawn(2 * len(self._own), entities, generator)
        self._count = drawn.shape[1]
        own = self._own.repeat(self._count)
        at_head, at_tail = drawn.reshape(2, -1)
        rivals = TripleIds.join(replace(own, head=at_head), replace(own, tail=at_tail))
        is_rival = ~TripleSet(true, entities, relations).holds(rivals) & _first_of_row(drawn).ravel()
        self._rivals, self._is_rival = rivals.where(is_rival), is_rival.reshape(-1, self._count)
        among = f"each among {DRAWN} drawn entities at most and not among all, which ranks lower"
        self.protocol = (
            f"MRR over {drawn_of(len(self._own), len(dev), seed)} triples of the split dev, both sides, "
            f"{'among all entities' if self._count == entities else among} ({CHOSEN})"
        )

    def measure(self, model: TripleModel, texts: TripleTexts, precision: torch.dtype) -> tuple[dict[str, Any], float]:
        """Metrics of the ranks; the mean reciprocal one chooses the epoch.

        Raises :class:`ValueError` for a margin that is no number.
        """
        own = np.tile(model.margins(texts, self._own, precision=precision), 2)[:, None]
        rivals = np.full((len(own), self._count), -np.inf, dtype=np.float32)
        rivals[self._is_rival] = model.margins(texts, self._rivals, precision=precision)
        check_numbers(own)
        check_numbers(rivals)
        metrics = rank_metrics(1 + (rivals > own).sum(1) + (rivals == own).sum(1) / 2)
        return {f"sampled_{name}": value for name, value in metrics.items()}, metrics["mrr"]


def _drawn(rows: int, entities: int, generator: np.random.Generator) -> Ids:
    """Entities drawn for each of some rows; all of them where they are no more than would be drawn."""
    if entities <= DRAWN:
        return np.tile(np.arange(entities), (rows, 1))
    return generator.integers(entities, size=(rows, DRAWN))


def _first_of_row(drawn: Ids) -> npt.NDArray[np.bool_]:
    """Which entities stand in their row for the first time."""
    order = np.argsort(drawn, axis=1, kind="stable")
    ordered = np.take_along_axis(drawn, order, axis=1)
    first = np.ones_like(drawn, dtype=bool)
    np.put_along_axis(first, order[:, 1:], ordered[:, 1:] != ordered[:, :-1], axis=1)
    return first
