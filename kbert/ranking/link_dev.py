"""How well all entities are ranked on dev, cheaply enough to be asked after every epoch."""

from typing import Any

import numpy as np

from kbert.ranking.link_prediction import Answerer, rank_all
from kbert.triples.ids import TripleIds
from kbert.triples.ranks import rank_metrics
from kbert.wording import CHOSEN, drawn_of

MOST = 1_000
"""Dev triples that are ranked."""


class LinkDev:
    """Dev triples, some at most, each ranked at both sides among all entities; other ``true`` triples are left out.

    ``protocol`` says in a sentence what the metrics are of.
    """

    def __init__(self, dev: TripleIds, true: TripleIds, *, seed: int = 0) -> None:
        chosen = np.sort(np.random.default_rng((seed, 2)).permutation(len(dev))[:MOST])
        self._dev, self._true = dev.where(chosen), true
        self.protocol = (
            f"MRR over {drawn_of(len(chosen), len(dev), seed)} triples of the split dev, both sides, "
            f"among all entities, filtered by all true triples of the graph ({CHOSEN})"
        )

    def measure(self, answerer: Answerer) -> tuple[dict[str, Any], float]:
        """Metrics of the filtered ranks; the mean reciprocal one chooses the epoch."""
        metrics = rank_metrics(rank_all(answerer, self._dev, self._true).rank)
        return metrics, metrics["mrr"]
