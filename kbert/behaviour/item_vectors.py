"""Items of a behaviour graph that begin with the vectors of entities of a knowledge graph."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from graphs.behaviour import BehaviourGraph
from graphs.errors import OptionsError, shown
from kbert.behaviour.laying import FIRST
from kbert.entities.vectors import Vectors


class ItemVectors:
    """Which items of a graph have a vector in a folder of :class:`kbert.entities.vectors.Vectors`.

    An item has that of its entity; one of which the graph knows no entity is looked for by its own name. Raises
    :class:`OptionsError` where no item has a vector, and :class:`StoreError` for a folder without vectors.
    """

    def __init__(self, graph: BehaviourGraph, folder: str | Path) -> None:
        self._vectors = Vectors.open(folder)
        names = [entity or name for entity, name in zip(graph.entities, graph.items, strict=True)]
        rows = self._vectors.rows(names)
        self._items = np.flatnonzero(rows >= 0)
        self._rows = rows[self._items]
        if not len(self._items):
            known = f"it has those of {_some(self._vectors.names())}, and items are {_some(names)}"
            raise OptionsError(f"{folder} has no vector of any item of {graph.folder}: {known}")
        by_name = sum(graph.entities[item] is None for item in self._items.tolist())
        self.counts = {"found": len(self._items), "by_name": by_name, "items": len(names)}
        """How many items have a vector, how many of them by their own name, and how many items there are."""
        self.digest = self._vectors.digest

    @torch.no_grad()
    def put(self, pieces: Float[Tensor, "pieces width"]) -> None:
        """Write them over the vectors that were drawn for these items; those of all other pieces stay.

        One factor for all makes their standard deviation that of the vectors that were drawn for items. Raises
        :class:`OptionsError` for another width than theirs, and where all their numbers are the same;
        :class:`StoreError` for a vector that holds what is no finite number.
        """
        folder, own, width = self._vectors.folder, self._vectors.width, pieces.shape[1]
        if own != width:
            fits = f"--width {own} would fit"
            raise OptionsError(f"{folder} has vectors of {own} numbers, and those of items have {width}: {fits}")
        table = self._vectors.take(self._rows)
        if np.ptp(table) == 0:
            raise OptionsError(f"{folder}: expected vectors that tell items apart, found {table.flat[0]} all over")
        factor = table.std(dtype=np.float64) / float(pieces[FIRST:].double().std())
        pieces[torch.from_numpy(FIRST + self._items)] = torch.from_numpy(table / factor).to(pieces)


def _some(names: Iterable[str], most: int = 3) -> str:
    first = list(islice(names, most + 1))
    return ", ".join([*map(shown, first[:most]), *(["…"] if len(first) > most else [])])
