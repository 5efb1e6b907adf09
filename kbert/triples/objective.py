"""Training a scorer to tell true triples from false ones (Yao et al. 2019, equation 2)."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from graphs.errors import OptionsError
from graphs.options import check_choice
from graphs.tables import Ids
from kbert.batches import training_batches
from kbert.layout import move
from kbert.train import Autocast, LossAndCount, Settings
from kbert.triples.dev import LabelledDev, SampledDev
from kbert.triples.ids import LabelledIds, TripleIds
from kbert.triples.model import FALSE, TRUE, TripleModel
from kbert.triples.negatives import Proposer, Sides, TripleSet, draw
from kbert.triples.texts import TripleTexts

Loss = Literal["softmax", "infonce"]


def check_loss(loss: Loss, train: LabelledIds, sides: Sides = "both") -> None:
    """Raise :class:`OptionsError` if there is no such loss, or what is learnt or drawn does not fit it."""
    check_choice("loss", loss, get_args(Loss))
    if loss == "infonce" and sides == "even":
        raise OptionsError(
            "the loss infonce sets each true triple against as many false ones, and sides even draws as many for each "
            "question: take softmax, or sides balanced"
        )
    if loss == "infonce" and len(train.false):
        raise OptionsError(
            f"the loss infonce sets true triples against drawn ones, and has no place for the {len(train.false):,} "
            "false triples of train: take softmax, or a graph without them"
        )


@dataclass(frozen=True, eq=False)
class TripleBatch:
    """Triples to score together, and which output is right for each."""

    triples: TripleIds
    target: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """The number of triples."""
        return len(self.triples)


class TripleObjective:
    """True triples against false ones that are drawn anew in every epoch.

    ``softmax`` is the loss of the paper, each triple by itself; with ``infonce`` a true triple
    must stand out among its own false ones (van den Oord et al. 2018, https://arxiv.org/abs/1807.03748).
    False triples of ``train`` are learnt as they are; ``infonce``, where each false triple belongs to a true
    one, has no place for them.

    Args:
        negatives: false triples drawn for each true one (on average, with the sides ``even``)
        sides: where false triples are false (:data:`kbert.triples.negatives.Sides`)
        loss: how a true triple is set against false ones
        proposer: proposes the entity of every other false triple

    Raises what :func:`check_loss` and :func:`kbert.triples.negatives.draw` raise.
    """

    def __init__(
        self,
        model: TripleModel,
        texts: TripleTexts,
        train: LabelledIds,
        dev: LabelledDev | SampledDev | None,
        *,
        negatives: int = 5,
        sides: Sides = "both",
        loss: Loss = "softmax",
        proposer: Proposer | None = None,
    ) -> None:
        check_loss(loss, train, sides)
        self.model, self.texts, self._dev = model, texts, dev
        self._true, self._false = train.true, train.false
        self._negatives, self._sides, self._loss, self._proposer = negatives, sides, loss, proposer
        self._known = TripleSet(self._true, len(texts.entities), len(texts.relations))

    @property
    def protocol(self) -> str | None:
        """What the metrics on dev are of."""
        return None if self._dev is None else self._dev.protocol

    @property
    def learnt(self) -> TripleIds:
        """The triples that are learnt, those aside that are drawn."""
        return TripleIds.join(self._true, self._false)

    def batches(self, epoch: int, settings: Settings) -> list[TripleBatch]:
        """Every true triple once with its false ones, in an order and by a draw that seed and epoch decide."""
        generator = np.random.default_rng((settings.seed, epoch, 1))
        drawn = draw(
            self._true,
            self._known,
            len(self.texts.entities),
            count=self._negatives,
            sides=self._sides,
            generator=generator,
            proposer=self._proposer,
        )
        if self._loss == "infonce":
            return self._groups(drawn, epoch, settings)
        triples = TripleIds.join(self._true, drawn, self._false)
        target = np.full(len(triples), FALSE, dtype=np.int64)
        target[: len(self._true)] = TRUE
        lengths = self.model.scorer.lengths(self.texts, triples)
        return [TripleBatch(triples.where(which), target[which]) for which in _batches(lengths, epoch, settings)]

    def _groups(self, drawn: TripleIds, epoch: int, settings: Settings) -> list[TripleBatch]:
        """Batches of whole groups: a true triple, then its false ones."""
        size, width = len(self._true), 1 + self._negatives
        triples = TripleIds.join(self._true, drawn)
        rows = np.concatenate((np.arange(size)[:, None], size + np.arange(len(drawn)).reshape(size, -1)), axis=1)
        longest = self.model.scorer.lengths(self.texts, triples)[rows].max(1)
        target = np.zeros(size, dtype=np.int64)
        return [
            TripleBatch(triples.where(rows[which].ravel()), target[which])
            for which in _batches(longest, epoch, settings, width)
        ]

    def loss(self, network: nn.Module, batch: TripleBatch, autocast: Autocast) -> LossAndCount:
        """Cross-entropy over the two outputs of each triple, or over the triples of each group."""
        inputs = move(self.model.scorer.collate(self.texts, batch.triples), self.model.device)
        target = torch.from_numpy(batch.target).to(self.model.device)
        with autocast():
            scores: Tensor = network(inputs)
        if self._loss == "infonce":
            scores = (scores[:, TRUE] - scores[:, FALSE]).view(len(target), -1)
        return cross_entropy(scores, target, reduction="sum"), torch.tensor(len(target), device=target.device)

    def measure(self, precision: torch.dtype) -> tuple[dict[str, Any], float] | None:
        """The AUC of dev triples that are labelled, else the mean reciprocal rank among drawn entities."""
        return None if self._dev is None else self._dev.measure(self.model, self.texts, precision)


def _batches(lengths: Ids, epoch: int, settings: Settings, width: int = 1) -> list[Ids]:
    return training_batches(
        lengths,
        batch_size=max(1, settings.batch_size // width),
        max_padded=max(1, settings.max_padded // width),
        seed=settings.seed,
        epoch=epoch,
    )
