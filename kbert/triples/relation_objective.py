"""Training a scorer to name the relation of two entities (Yao et al. 2019, equation 4)."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from kbert.batches import training_batches
from kbert.layout import move
from kbert.train import Autocast, LossAndCount, Settings
from kbert.triples.ids import TripleIds
from kbert.triples.model import TripleModel
from kbert.triples.objective import TripleBatch
from kbert.triples.ranks import TrueRelations, rank_metrics, relation_ranks
from kbert.triples.texts import TripleTexts
from kbert.wording import CHOSEN


class RelationObjective:
    """Cross-entropy over all relations for the entities of each true triple."""

    def __init__(
        self, model: TripleModel, texts: TripleTexts, train: TripleIds, dev: TripleIds | None, true: TripleIds
    ) -> None:
        self.model, self.texts = model, texts
        self._train, self._dev, self._known = train, dev, TrueRelations(true)

    @property
    def protocol(self) -> str | None:
        """What the metrics on dev are of."""
        if self._dev is None:
            return None
        filters = "relations that are true of the same entities left out, and raw"
        return f"MRR of the relation over {len(self._dev):,} triples of the split dev; {filters} ({CHOSEN})"

    @property
    def learnt(self) -> TripleIds:
        """The triples that are learnt."""
        return self._train

    def batches(self, epoch: int, settings: Settings) -> list[TripleBatch]:
        """Every triple once."""
        lengths = self.model.scorer.lengths(self.texts, self._train)
        size = {"batch_size": settings.batch_size, "max_padded": settings.max_padded}
        order = training_batches(lengths, **size, seed=settings.seed, epoch=epoch)
        return [TripleBatch(some := self._train.where(which), some.relation.astype(np.int64)) for which in order]

    def loss(self, network: nn.Module, batch: TripleBatch, autocast: Autocast) -> LossAndCount:
        """Cross-entropy, summed, and over how many triples."""
        inputs = move(self.model.scorer.collate(self.texts, batch.triples), self.model.device)
        target = torch.from_numpy(batch.target).to(self.model.device)
        with autocast():
            scores: Tensor = network(inputs)
        return cross_entropy(scores, target, reduction="sum"), torch.tensor(len(target), device=target.device)

    def measure(self, precision: torch.dtype) -> tuple[dict[str, Any], float] | None:
        """Filtered and raw ranks of the right relation on dev; the mean reciprocal one, filtered, chooses the epoch."""
        if self._dev is None:
            return None
        scores = self.model.outputs(self.texts, self._dev, precision=precision)
        filtered = rank_metrics(relation_ranks(scores, self._dev, self._known).rank)
        raw = rank_metrics(relation_ranks(scores, self._dev, None).rank)
        return {**filtered, **{f"raw_{name}": value for name, value in raw.items() if name != "ranks"}}, filtered["mrr"]
