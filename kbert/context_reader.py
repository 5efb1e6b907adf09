"""Reads sentences as the descriptions of entities were read, for the linker that compares the two."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphs.errors import OptionsError, StoreError
from graphs.manifests import Shape
from graphs.tables import Table
from kbert.backbone import load, quiet
from kbert.entities.embed_texts import PROJECTION
from kbert.entities.projection import Projection
from kbert.entities.reader import EntityReader, unit
from kbert.entities.vectors import Vectors
from kbert.precision import best_precision, here
from kbert.run_files import ENTITY_FORMAT, read_json

MAX_PIECES = 256
"""Pieces of a sentence that are read: context is a sentence, seldom longer."""

SHAPE: Shape = {"format": str, "plan": {"encoder": str, "entity_text": str, "pooling": str, "normalise": bool}}


def version(vectors: str) -> str:
    """Names the vectors in a folder by their digest."""
    return f"vectors {Vectors.open(vectors).digest[:16]}"


def open_reader(vectors: str, encoder: str) -> "ContextReader":
    """A reader of which the vectors of entities lie in a folder; without ``encoder`` it is the one that made them.

    Raises :class:`StoreError` for vectors that no encoder made of texts, and :class:`OptionsError` for an
    encoder that makes others.
    """
    quiet()
    return ContextReader(vectors, encoder)


class ContextReader:
    """Vectors of sentences by an encoder, and those that it made of entities; all of length 1."""

    def __init__(self, vectors: str, encoder: str = "") -> None:
        folder = Path(vectors)
        self._vectors, plan = Vectors.open(folder), _plan(folder)
        backbone = load(encoder or plan["encoder"])
        backbone.to(here())
        self._projection = Projection.load(folder / PROJECTION) if (folder / PROJECTION).is_file() else None
        wanted = self._vectors.width if self._projection is None else len(self._projection.mean)
        if backbone.width != wanted:
            found = f"{backbone.width} ({encoder or plan['encoder']})"
            raise OptionsError(f"{vectors}: expected an encoder of the width {wanted}, found {found}")
        self._reader = EntityReader(
            backbone,
            entity_text=plan["entity_text"],
            max_pieces=MAX_PIECES,
            pooling=plan["pooling"],
            normalise=plan["normalise"],  # a projection was fitted to vectors of that length
            precision=best_precision("auto", next(backbone.parameters()).device),
        )

    def sentences(self, texts: Sequence[str]) -> Table:
        """The vectors of texts, ``[texts, width]``; what is batched together hangs on these texts alone."""
        read = self._reader.read_texts(texts)
        return unit(read if self._projection is None else self._projection(read))

    def entities(self, names: Sequence[str]) -> Table:
        """The vectors of entities by name, ``[names, width]``; zeros for one that has none."""
        rows = self._vectors.rows(names)
        made = np.zeros((len(rows), self._vectors.width), np.float32)
        made[rows >= 0] = unit(self._vectors.take(rows[rows >= 0]))
        return made


def _plan(folder: Path) -> dict[str, Any]:
    """How the vectors of a folder were read. Raises :class:`StoreError` if they were not."""
    expected = "vectors that an encoder made of texts (kbert kg embed --method text)"
    if not (folder / "run.json").is_file():
        raise StoreError(folder, None, expected, "others")
    described = read_json(folder / "run.json", {"format": str})
    if described["format"] != ENTITY_FORMAT:
        raise StoreError(folder, None, expected, f"those of a {described['format']}")
    plan: dict[str, Any] = read_json(folder / "run.json", SHAPE)["plan"]
    return plan
