"""The denoising entity auto-encoder (dEA): name the entities of words whose alignment may be wrong or missing.

Zhang et al. 2019, *ERNIE: Enhanced Language Representation with Informative Entities*
(https://arxiv.org/abs/1905.07129), section 3.4, equation 6.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import gelu

from graphs.options import check_range
from graphs.tables import Ids, Table
from kbert.guesses import Guesses
from kbert.layout import Encoded
from kbert.models.ernie import Batch

KINDS = {"kept": False, "replaced": True, "removed": True}
"""What becomes of an alignment, and whether it then tells anything to name the entity: what is kept can be copied."""

KEPT, REPLACED, REMOVED = range(3)

WEIGHTS = "entity_guesses.safetensors"
"""Where the head lies beside an encoder that was trained with it."""


class Asked(NamedTuple):
    """Which slots had an entity, what it was among the vectors of the corrupted batch, and what became of it."""

    slots: Bool[Tensor, "batch slots"]
    target: Int[Tensor, " items"]
    kind: Int[Tensor, " items"]


class EntityGuesses(nn.Module):
    """Corrupt alignments, and score which entity each word had, among those of the batch and none.

    Args:
        width: that of pieces
        entity_width: that of the vectors, which are not learnt
        entities: rows of the table of vectors
        vectors_of: the vectors of some rows
        replaced: share of the alignments that become another entity, drawn from the whole table
        removed: share of the alignments that are taken away
        extra_candidates: entities drawn beside those of the batch
    """

    def __init__(
        self,
        width: int,
        entity_width: int,
        *,
        entities: int,
        vectors_of: Callable[[Ids], Table],
        replaced: float,
        removed: float,
        extra_candidates: int,
    ) -> None:
        super().__init__()
        check_range("replaced", replaced, 0, most=1)
        check_range("removed", removed, 0, most=1)
        check_range("replaced + removed", replaced + removed, 0, most=1)
        check_range("extra_candidates", extra_candidates, 0)
        self._entities, self._vectors_of = entities, vectors_of
        self._replaced, self._removed, self._extra = replaced, removed, extra_candidates
        self.transform = nn.Linear(width, entity_width)
        self.norm = nn.LayerNorm(entity_width, eps=1e-12)

    def corrupt(self, batch: Batch) -> tuple[Batch, Asked]:
        """The batch with some alignments replaced and some removed, and what they were."""
        linked = batch.entity > 0
        kind = self._kinds(linked)
        own = batch.rows[batch.entity[kind == REPLACED]]
        others = self._others(own)
        drawn = torch.cat((others, torch.randint(self._entities, (self._extra,), device=own.device)))
        rows, number = torch.unique(torch.cat((batch.rows, drawn)), return_inverse=True)
        known, new = number[: len(batch.rows)], number[len(batch.rows) :]
        vectors = batch.vectors.new_zeros(len(rows), batch.vectors.shape[1])
        vectors[new] = torch.from_numpy(self._vectors_of(drawn.cpu().numpy())).to(vectors)
        vectors[known] = batch.vectors
        entity = known[batch.entity]
        target = entity[linked]
        entity = entity.masked_fill(kind == REMOVED, 0)
        entity[kind == REPLACED] = new[: len(others)]
        seen = batch.seen & (kind != REMOVED)
        return replace(batch, entity=entity, seen=seen, vectors=vectors, rows=rows), Asked(linked, target, kind[linked])

    def _kinds(self, linked: Bool[Tensor, "batch slots"]) -> Int[Tensor, "batch slots"]:
        """What becomes of each slot; those without an entity are kept."""
        dice = torch.rand(linked.shape, device=linked.device)
        kind = torch.full(linked.shape, KEPT, device=linked.device)
        kind[linked & (dice < self._replaced + self._removed)] = REMOVED
        kind[linked & (dice < self._replaced)] = REPLACED if self._entities > 1 else KEPT  # there is no other
        return kind

    def _others(self, own: Int[Tensor, " items"]) -> Int[Tensor, " items"]:
        """Rows drawn evenly from all but their own."""
        steps = torch.randint(1, max(2, self._entities), own.shape, device=own.device)
        return (own + steps) % self._entities

    def forward(self, encoded: Encoded, batch: Batch, asked: Asked) -> Guesses:
        """Scores of the entities of a corrupted batch for each that was asked for."""
        text, slot = asked.slots.nonzero(as_tuple=True)
        states: Float[Tensor, "items width"] = encoded.pieces[text, batch.slots[text, slot]]
        vectors = self.norm(gelu(self.transform(states)))
        return Guesses(vectors @ batch.vectors.T, asked.target, asked.kind)
