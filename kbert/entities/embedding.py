"""An embedding of a knowledge graph: its vectors, and the scores that a method reads off them."""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from graphs import rooms
from graphs.errors import OptionsError, StoreError
from graphs.files import write_json
from graphs.knowledge import KnowledgeGraph
from graphs.manifests import Shape
from kbert.checkpoint import read_tensors, write_tensors
from kbert.entities.table_file import odd_row
from kbert.portable import resolved
from kbert.run_files import read_json
from kbert.triples.ids import Asked, TripleIds

EMBEDDINGS = "kbert.embeddings"

FILES = ("model.safetensors", "config.json")
"""What an embedding is kept in."""

SETTINGS: Shape = {"method": str, "width": int, "relations": [str], "entities": str, "method_options": {}}
"""What ``config.json`` says at least."""

AT_ONCE = 2**22
"""Numbers of vectors that are compared together, where each is compared with one other."""


@runtime_checkable
class Method(Protocol):
    """A part of the room ``kbert.embeddings``."""

    entity_width: int
    relation_width: int

    def questions(self, given: Tensor, relation: Tensor, *, asks_tail: bool) -> Tensor:
        """What is compared with the vectors of entities."""
        ...

    def compare(self, some: Tensor, others: Tensor) -> Tensor:
        """Scores of each with each."""
        ...

    def sizes(self, given: Tensor, relation: Tensor, answer: Tensor) -> tuple[Tensor, ...]:
        """The absolute values of what vectors are made of."""
        ...


class Embedding:
    """The vectors of all entities and relations of a graph, by their ids, and the method that reads them.

    Args:
        method: its name
        entities: ``[entities, entity_width]``, float32
        relations: ``[relations, relation_width]``, float32
        names: the names of the relations, by their ids
        digest: that of the graph's list of entities, by which vectors know whose they are
        method_options: what the method takes
    """

    def __init__(
        self,
        method: str,
        entities: Float[Tensor, "entities width"],
        relations: Float[Tensor, "relations ..."],
        *,
        names: list[str],
        digest: str,
        method_options: dict[str, Any] | None = None,
    ) -> None:
        part = rooms.find(EMBEDDINGS, method).Method
        self.settings: dict[str, Any] = {
            "method": method,
            "width": entities.shape[1],
            "relations": names,
            "entities": digest,
            "method_options": resolved(part, method_options),
        }
        self.method: Method = part(entities.shape[1], **self.settings["method_options"])
        self.entities, self.relations = entities, relations

    @classmethod
    def drawn(
        cls,
        method: str,
        width: int,
        kg: KnowledgeGraph,
        *,
        spread: float,
        seed: int,
        method_options: dict[str, Any] | None = None,
    ) -> "Embedding":
        """Vectors for a graph, drawn from normal distributions with the standard deviation ``spread``."""
        made: Method = rooms.find(EMBEDDINGS, method).Method(width, **(method_options or {}))
        generator = torch.Generator().manual_seed(seed)
        shapes = (len(kg), made.entity_width), (len(kg.relations), made.relation_width)
        vectors = [torch.randn(shape, generator=generator).mul_(spread) for shape in shapes]  # no second table
        whose: dict[str, Any] = {"names": kg.relations, "digest": kg.digest}
        return cls(method, vectors[0], vectors[1], **whose, method_options=method_options)

    def __len__(self) -> int:
        """The number of entities."""
        return len(self.entities)

    def save(self, folder: Path) -> None:
        """Write ``model.safetensors`` and ``config.json``."""
        write_tensors(folder / "model.safetensors", {"entities": self.entities, "relations": self.relations})
        write_json(folder / "config.json", self.settings)

    @classmethod
    def load(cls, folder: Path) -> "Embedding":
        """What :meth:`save` wrote. Raises :class:`StoreError` for files that are damaged or do not fit."""
        settings = read_json(folder / "config.json", SETTINGS)
        path = folder / "model.safetensors"
        kept = read_tensors(path)
        if kept.keys() != {"entities", "relations"}:
            raise StoreError(path, None, "vectors of entities and relations", ", ".join(sorted(kept)) or "none")
        made = cls(
            settings["method"],
            kept["entities"],
            kept["relations"],
            names=settings["relations"],
            digest=settings["entities"],
            method_options=settings["method_options"],
        )
        widths = made.method.entity_width, made.method.relation_width
        found = tuple(kept[name].shape[-1] for name in ("entities", "relations"))
        if found != widths or settings["width"] != widths[0]:
            raise StoreError(path, None, f"vectors of the widths {widths}", f"{found}")
        for name, vectors in kept.items():
            odd = odd_row(vectors.numpy())
            if odd is not None:
                raise StoreError(path, None, f"vectors of numbers as {name}", f"others, first in row {odd}")
        return made

    def check_graph(self, kg: KnowledgeGraph) -> None:
        """Raise :class:`OptionsError` for a graph with other entities or relations than those of the vectors."""
        if kg.digest != self.settings["entities"] or kg.relations != self.settings["relations"]:
            raise OptionsError(f"{kg.folder} has other entities or relations than those that the vectors are of")

    @torch.no_grad()
    def questions(self, asked: Asked) -> Float[Tensor, "questions width"]:
        """The vector of each question."""
        made = self.entities.new_empty(len(asked), self.method.entity_width)
        for asks_tail in (False, True):
            which = torch.from_numpy(np.flatnonzero(asked.asks_tail == asks_tail))
            some = asked.where(which.numpy())
            given, relation = self.entities[some.given], self.relations[some.relation.astype(np.int64)]
            made[which] = self.method.questions(given, relation, asks_tail=asks_tail)
        return made

    @torch.no_grad()
    def margins(self, triples: TripleIds) -> npt.NDArray[np.float32]:
        """The score of each triple; those of one question can be compared."""
        asked = Asked(triples.head, triples.relation, np.ones(len(triples), dtype=bool))
        scores = np.empty(len(triples), dtype=np.float32)
        size = max(1, AT_ONCE // self.method.entity_width)
        for start in range(0, len(triples), size):
            some = np.arange(start, min(start + size, len(triples)))
            questions, answers = self.questions(asked.where(some)), self.entities[triples.tail[some]]
            scores[some] = self.method.compare(questions[:, None], answers[:, None])[:, 0, 0].numpy()
        return scores
