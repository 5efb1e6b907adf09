"""A recommender with all it takes to build it again: the size of its catalogue, its attributes and its options."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from graphs import rooms
from graphs.files import write_json
from graphs.manifests import Shape
from graphs.tables import Ids
from kbert.behaviour.histories import Questions
from kbert.behaviour.laying import lay
from kbert.behaviour.profiles import Target
from kbert.checkpoint import fill, tensors, write_tensors
from kbert.portable import resolved
from kbert.run_files import read_json

RECOMMENDERS = "kbert.recommenders"

SETTINGS: Shape = {
    "recommender": str,
    "catalogue": int,
    "attributes": [{"name": str, "categories": [str], "mean": float, "deviation": float}],
    "options": {},
}
"""What ``config.json`` says at least."""


class Recommender(nn.Module):
    """A part of the room ``kbert.recommenders`` for a catalogue of items and some attributes of users."""

    def __init__(
        self, recommender: str, catalogue: int, attributes: Sequence[Target], options: dict[str, Any] | None = None
    ) -> None:
        super().__init__()
        part = rooms.find(RECOMMENDERS, recommender).Model
        self.settings: dict[str, Any] = {
            "recommender": recommender,
            "catalogue": catalogue,
            "attributes": [one.as_dict() for one in attributes],
            "options": resolved(part, options),
        }
        self.attributes = list(attributes)
        self.part = part(catalogue, attributes, **self.settings["options"])

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next(self.parameters()).device

    @property
    def window(self) -> int:
        """Items that are learnt from together: one more than are read, where the last is only asked for."""
        return int(self.part.most) + int(self.part.causal)

    def forward(self, ids: Tensor) -> Tensor:
        """Vectors of laid-out histories."""
        vectors: Tensor = self.part(ids)
        return vectors

    @torch.no_grad()
    def answer(
        self, questions: Questions, which: Ids, *, precision: torch.dtype = torch.float32
    ) -> Float[Tensor, "batch items"]:
        """Scores of all items as the next one after the histories of some questions, of which the end is read."""
        self.eval()
        room = self.part.most - int(not self.part.causal)  # a hidden item stands behind the last
        taken = np.minimum(questions.lengths[which], room)
        laid = lay(
            questions.items, questions.offsets[which + 1] - taken, taken, None, causal=self.part.causal, asks_next=True
        )
        with torch.autocast(self.device.type, dtype=precision, enabled=precision != torch.float32):
            vectors = self(laid.ids.to(self.device))
        asking = vectors[laid.row, laid.column].float()
        scores: Tensor = self.part.scores(asking)
        return scores

    def save(self, folder: Path) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        write_tensors(folder / "model.safetensors", tensors(self))
        write_json(folder / "config.json", self.settings)

    @classmethod
    def load(cls, folder: Path) -> "Recommender":
        """What :meth:`save` wrote. Raises :class:`StoreError` for files that are damaged or do not fit."""
        settings = read_json(folder / "config.json", SETTINGS)
        attributes = [Target(**{**one, "categories": tuple(one["categories"])}) for one in settings["attributes"]]
        made = cls(settings["recommender"], settings["catalogue"], attributes, settings["options"])
        fill(made, folder / "model.safetensors")
        return made.eval()
