"""A retriever: what is trained, saved, loaded, and asked for the vectors of questions and entities."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from graphs import rooms
from graphs.tables import Ids
from kbert.backbone import Backbone
from kbert.batches import evaluation_batches, pieces_at_once
from kbert.layout import move
from kbert.portable import resolved
from kbert.triples.ids import Asked, TripleIds
from kbert.triples.reader import TextChoice, TripleReader, check_entity_text
from kbert.triples.texts import Batch, TripleTexts

RETRIEVERS = "kbert.retrievers"

Vectors = npt.NDArray[np.float32]
"""``[questions or entities, width]``, each of length 1."""


class EntityVectors(NamedTuple):
    """The vectors of entities, and how many pieces of each there was no room for."""

    vectors: Vectors
    cut: Ids


Counter = Callable[[int], None]
"""Hears how many texts were read."""


class RetrievalModel(TripleReader):
    """A retriever of the room ``kbert.retrievers``.

    Args:
        retriever: its name
        relations: the names of all relations, by their ids
        entity_text: what an entity is called: its label, its description, or the one and the other
        retriever_options: what the retriever takes

    Raises :class:`OptionsError` for another ``entity_text``.
    """

    def __init__(
        self,
        *,
        retriever: str,
        relations: list[str],
        entity_text: TextChoice = "label",
        backbone_config: dict[str, Any] | None = None,
        retriever_options: dict[str, Any] | None = None,
        backbone: Backbone | None = None,
    ) -> None:
        super().__init__()
        if backbone is None:
            raise ValueError("a retrieval model needs a backbone; to load a saved one use from_pretrained")
        part = rooms.find(RETRIEVERS, retriever)
        check_entity_text(entity_text)
        retriever_options = resolved(part.Model, retriever_options)
        self.relations, self.entity_text = relations, entity_text
        self.retriever = part.Model(backbone, **retriever_options)
        self._keep(
            {
                "retriever": retriever,
                "relations": relations,
                "entity_text": entity_text,
                "backbone_config": backbone_config or backbone.config,
                "retriever_options": retriever_options,
            }
        )

    @property
    def encoder(self) -> Backbone:
        """That of the questions."""
        encoder: Backbone = self.retriever.backbone
        return encoder

    def cut(self, texts: TripleTexts, triples: TripleIds) -> Ids:
        """How many pieces of each triple there is no room for: of its two questions, and of its entities."""
        asked = self.retriever.cut(texts, Asked.of(triples)).reshape(2, -1).sum(0)
        head, tail = (self.retriever.entity_cut(texts, entities) for entities in (triples.head, triples.tail))
        return np.asarray(asked + head + tail, np.int64)

    @property
    def longest(self) -> int:
        """That of the retriever."""
        longest: int = self.retriever.longest
        return longest

    def forward(
        self, questions: Batch, entities: Batch
    ) -> tuple[Float[Tensor, "questions width"], Float[Tensor, "entities width"]]:
        """The vectors of questions and of entities, in float32."""
        vectors: tuple[Tensor, Tensor] = self.retriever(questions, entities)
        return vectors

    @property
    def scale(self) -> float:
        """What a cosine is multiplied by to be a logit."""
        return float(self.retriever.scale.detach())

    def questions(self, texts: TripleTexts, asked: Asked, **how: Any) -> Vectors:
        """The vector of each question."""
        lengths = self.retriever.lengths(texts, asked)
        return self._read(lengths, lambda which: (self.retriever.collate(texts, asked.where(which)), None), **how)

    def entities(self, texts: TripleTexts, entities: Ids, **how: Any) -> Vectors:
        """The vector of each of some entities."""
        lengths = self.retriever.entity_lengths(texts, entities)
        return self._read(lengths, lambda which: (None, self.retriever.collate_entities(texts, entities[which])), **how)

    @torch.no_grad()
    def _read(
        self,
        lengths: Ids,
        collate: Callable[[Ids], tuple[Batch | None, Batch | None]],
        *,
        precision: torch.dtype,
        batch_size: int = 4_096,
        max_padded: int | None = None,
        on_batch: Counter = lambda texts: None,
    ) -> Vectors:
        self.eval()
        found = np.empty((len(lengths), self.encoder.width), dtype=np.float32)
        batches = evaluation_batches(
            lengths, batch_size=batch_size, max_padded=max_padded or pieces_at_once(self.device)
        )
        with torch.autocast(self.device.type, dtype=precision, enabled=precision != torch.float32):
            for which in batches:
                inputs = (None if batch is None else move(batch, self.device) for batch in collate(which))
                found[which] = next(made for made in self.retriever(*inputs) if made is not None).cpu().numpy()
                on_batch(len(which))
        return found

    def margins(self, texts: TripleTexts, triples: TripleIds, **how: Any) -> npt.NDArray[np.float32]:
        """The mean of two logits for each triple: how well it answers the question about its tail, and its head.

        Every distinct question and entity is read once.
        """
        asked, which = Asked.of(triples).distinct()
        answers = np.concatenate((triples.head, triples.tail))
        entities, place = np.unique(answers, return_inverse=True)
        questions, vectors = self.questions(texts, asked, **how), self.entities(texts, entities, **how)
        cosines = np.einsum("ij,ij->i", questions[which], vectors[place])
        return np.asarray(self.scale * cosines.reshape(2, -1).mean(0), np.float32)
