"""Training a retriever: the right answer among the entities of the batch, and of the batches before it.

Wang et al. 2022 (SimKGC, https://arxiv.org/abs/2203.02167), section 3.3 and equation 5: InfoNCE with an
additive margin, over in-batch, pre-batch and self negatives, and the other way round, a question
among the questions of the batch. Every triple asks for its tail and for its head, so that the
entity that a question is about, the self negative, stands in the batch as an answer to the other one.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from graphs.options import check_range
from kbert.batches import training_batches
from kbert.layout import move
from kbert.ranking.link_dev import LinkDev
from kbert.retrieval.by_retriever import ByVectors
from kbert.retrieval.model import RetrievalModel
from kbert.retrieval.right_answers import RightAnswers
from kbert.train import Autocast, LossAndCount, Memory, Settings
from kbert.triples.ids import Asked, TripleIds
from kbert.triples.texts import TripleTexts


@dataclass(frozen=True)
class Contrast:
    """What the right answer is set against, and by how much it must be better.

    ``margin`` is taken off the cosine of the right answer; entities of the last ``pre_batches``
    batches are negatives too, their logits times ``pre_batch_weight``. Raises
    :class:`OptionsError` for a value out of range.
    """

    margin: float = 0.02
    pre_batches: int = 2
    pre_batch_weight: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what no training could go by."""
        for name in ("margin", "pre_batches"):
            check_range(name, getattr(self, name), 0)
        check_range("pre_batch_weight", self.pre_batch_weight, 0, most=1)


class RetrievalObjective:
    """Both questions of every true triple, each against all entities at hand but its other right answers."""

    def __init__(
        self,
        model: RetrievalModel,
        texts: TripleTexts,
        train: TripleIds,
        dev: LinkDev | None,
        *,
        contrast: Contrast,
    ) -> None:
        self.model, self.texts, self._train, self._dev = model, texts, train, dev
        self._contrast = contrast
        self._right = RightAnswers(train, len(texts.relations))
        self._older: deque[tuple[Tensor, Tensor]] = deque(maxlen=contrast.pre_batches)

    @property
    def protocol(self) -> str | None:
        """What the metrics on dev are of."""
        return None if self._dev is None else self._dev.protocol

    @property
    def learnt(self) -> TripleIds:
        """The triples that are learnt."""
        return self._train

    def batches(self, epoch: int, settings: Settings) -> list[TripleIds]:
        """Every triple once, in an order that seed and epoch decide."""
        retriever, asked = self.model.retriever, Asked.of(self._train)
        questions = retriever.lengths(self.texts, asked).reshape(2, -1)
        entities = retriever.entity_lengths(self.texts, np.arange(len(self.texts.entities)))
        lengths = questions.sum(0) + entities[self._train.head] + entities[self._train.tail]
        size = {"batch_size": settings.batch_size, "max_padded": settings.max_padded}
        order = training_batches(lengths, **size, seed=settings.seed, epoch=epoch)
        return [self._train.where(which) for which in order]

    def loss(self, network: nn.Module, batch: TripleIds, autocast: Autocast) -> LossAndCount:
        """The loss of all questions, both ways, summed, and over how many choices."""
        retriever, device = self.model.retriever, self.model.device
        asked = Asked.of(batch)
        entities, answer = np.unique(np.concatenate((batch.head, batch.tail)), return_inverse=True)
        inputs = retriever.collate(self.texts, asked), retriever.collate_entities(self.texts, entities)
        with autocast():
            questions, vectors = network(*(move(each, device) for each in inputs))
        target = torch.from_numpy(answer).to(device)
        right = torch.from_numpy(self._right.among(asked, entities)).to(device)
        logits = self._logits(questions, vectors, target)
        total = cross_entropy(
            torch.cat([_without_others(logits, right, target), *self._older_logits(asked, questions)], dim=1),
            target,
            reduction="sum",
        )
        itself = torch.arange(len(target), device=device)
        total = total + cross_entropy(
            _without_others(logits[:, target].T, right[:, target].T, itself), itself, reduction="sum"
        )
        if self._contrast.pre_batches:
            self._older.append((torch.from_numpy(entities), vectors.detach()))
        return total, torch.tensor(2 * len(target), device=device)

    def _logits(
        self,
        questions: Float[Tensor, "questions width"],
        vectors: Float[Tensor, "entities width"],
        target: Int[Tensor, " questions"],
    ) -> Float[Tensor, "questions entities"]:
        """Cosines times the scale; the right answers have to be better by the margin."""
        cosines = questions @ vectors.T
        handicap = torch.zeros_like(cosines)
        handicap[torch.arange(len(target), device=target.device), target] = self._contrast.margin
        logits: Tensor = (cosines - handicap) * self.model.retriever.scale
        return logits

    def _older_logits(
        self, asked: Asked, questions: Float[Tensor, "questions width"]
    ) -> list[Float[Tensor, "questions entities"]]:
        """Those of the entities of earlier batches, right answers left out; none at the start."""
        made = []
        for entities, vectors in self._older:
            right = torch.from_numpy(self._right.among(asked, entities.numpy())).to(questions.device)
            logits = questions @ vectors.to(questions.device).T * self.model.retriever.scale
            made.append((logits * self._contrast.pre_batch_weight).masked_fill(right, -torch.inf))
        return made

    def memory(self) -> Memory:
        """The entities of earlier batches and their vectors: a training that goes on needs them."""
        return {
            f"{name}.{i}": tensor.cpu()
            for i, pair in enumerate(self._older)
            for name, tensor in zip(("entities", "vectors"), pair, strict=True)
        }

    def remember(self, memory: Memory) -> None:
        """Take up what :meth:`memory` gave."""
        self._older.clear()
        self._older.extend((memory[f"entities.{i}"], memory[f"vectors.{i}"]) for i in range(len(memory) // 2))

    def measure(self, precision: torch.dtype) -> tuple[dict[str, Any], float] | None:
        """Filtered ranks on dev among many entities; the mean reciprocal one chooses the epoch."""
        if self._dev is None:
            return None
        return self._dev.measure(ByVectors(self.model, self.texts, precision=precision))


def _without_others(
    logits: Float[Tensor, "batch labels"], right: Bool[Tensor, "batch labels"], target: Int[Tensor, " batch"]
) -> Float[Tensor, "batch labels"]:
    """Logits without those of right answers that are not the one in question."""
    others = right.clone()
    others[torch.arange(len(target), device=target.device), target] = False
    return logits.masked_fill(others, -torch.inf)
