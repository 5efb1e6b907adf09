"""A scorer with its task: what is trained on triples, saved, loaded and asked."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from graphs import rooms
from graphs.errors import OptionsError
from graphs.tables import Ids
from kbert.backbone import Backbone
from kbert.batches import evaluation_batches, pieces_at_once
from kbert.layout import move
from kbert.portable import resolved
from kbert.triples.ids import TripleIds
from kbert.triples.reader import TextChoice, TripleReader, check_entity_text
from kbert.triples.texts import TripleTexts

SCORERS = "kbert.scorers"

FALSE, TRUE = 0, 1
"""The two outputs of the task ``triple``."""


class TripleModel(TripleReader):
    """A scorer of the room ``kbert.scorers`` for one of its tasks.

    Args:
        scorer: its name
        task: ``triple`` or ``relation``
        relations: the names of all relations, by their ids
        entity_text: what an entity is called: its label, its description, or the one and the other
        scorer_options: what the scorer takes

    Raises :class:`OptionsError` for a task that the scorer cannot be trained for, and another ``entity_text``.
    """

    def __init__(
        self,
        *,
        scorer: str,
        task: str,
        relations: list[str],
        entity_text: TextChoice = "label",
        backbone_config: dict[str, Any] | None = None,
        scorer_options: dict[str, Any] | None = None,
        backbone: Backbone | None = None,
    ) -> None:
        super().__init__()
        if backbone is None:
            raise ValueError("a triple model needs a backbone; to load a saved one use from_pretrained")
        part = rooms.find(SCORERS, scorer)
        if task not in part.TASKS:
            raise OptionsError(f"{scorer} learns {' or '.join(part.TASKS)}, not {task!r}")
        check_entity_text(entity_text)
        scorer_options = resolved(part.Model, scorer_options)
        self.task, self.relations, self.entity_text = task, relations, entity_text
        self._outputs = 2 if task == "triple" else len(relations)
        self.scorer = part.Model(backbone, task, self._outputs, **scorer_options)
        self._keep(
            {
                "scorer": scorer,
                "task": task,
                "relations": relations,
                "entity_text": entity_text,
                "backbone_config": backbone_config or backbone.config,
                "scorer_options": scorer_options,
            }
        )

    @property
    def encoder(self) -> Backbone:
        """That of the scorer."""
        encoder: Backbone = self.scorer.backbone
        return encoder

    def cut(self, texts: TripleTexts, triples: TripleIds) -> Ids:
        """How many pieces of each triple there is no room for."""
        cut: Ids = self.scorer.cut(texts, triples)
        return cut

    @property
    def longest(self) -> int:
        """That of the scorer."""
        longest: int = self.scorer.longest
        return longest

    def forward(self, batch: Any) -> Float[Tensor, "batch labels"]:
        """The scorer's outputs, in float32."""
        outputs: Tensor = self.scorer(batch)
        return outputs

    @torch.no_grad()
    def outputs(
        self,
        texts: TripleTexts,
        triples: TripleIds,
        *,
        precision: torch.dtype,
        batch_size: int = 4_096,
        max_padded: int | None = None,
        on_batch: Callable[[int], None] = lambda triples: None,
    ) -> npt.NDArray[np.float32]:
        """The outputs for each triple, ``[triples, outputs]``, in their order.

        A batch has at most ``max_padded`` pieces, padding included; by default what suits the device.
        """
        self.eval()
        found = np.empty((len(triples), self._outputs), dtype=np.float32)
        lengths = self.scorer.lengths(texts, triples)
        batches = evaluation_batches(
            lengths, batch_size=batch_size, max_padded=max_padded or pieces_at_once(self.device)
        )
        # Around all batches: autocast keeps the weights that it has cast until its end.
        autocast = torch.autocast(self.device.type, dtype=precision, enabled=precision != torch.float32)
        with autocast, self.encoder.reading(precision):
            for which in batches:
                found[which] = self(move(self.scorer.collate(texts, triples.where(which)), self.device)).cpu().numpy()
                on_batch(len(which))
        return found

    def margins(self, texts: TripleTexts, triples: TripleIds, **how: Any) -> npt.NDArray[np.float32]:
        """How much more the model holds each triple for true than for false (a difference of logits)."""
        outputs = self.outputs(texts, triples, **how)
        return outputs[:, TRUE] - outputs[:, FALSE]
