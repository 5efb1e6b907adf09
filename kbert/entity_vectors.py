"""The vectors of a graph's entities, made once and kept in the run of the retriever that made them."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphs.errors import StoreError
from graphs.folders import locked
from graphs.knowledge import KnowledgeGraph
from graphs.recipe import content_digest
from graphs.tables import Ids
from kbert.checkpoint import read_tensors, write_tensors
from kbert.retrieval_model import RetrievalModel, Vectors
from kbert.triple_texts import TripleTexts

PART = 2**16
"""Entities whose vectors are in one file: those of a killed job are taken up."""

OnEntities = Callable[[int, int], None]
"""Hears how many vectors are there, and how many there will be."""


def entity_vectors(
    folder: Path,
    digest: str,
    model: RetrievalModel,
    kg: KnowledgeGraph,
    *,
    precision: torch.dtype,
    on_entities: OnEntities = lambda done, entities: None,
    **how: Any,
) -> Vectors:
    """The vector of each entity, from the run in ``folder`` as far as they are there, else made and kept.

    They are found again for the same model (of this ``digest``), the same graph and the same
    precision. Who wants them while another process makes them waits. Raises :class:`StoreError`
    for a damaged file.
    """
    key = hashlib.sha256(f"{digest} {content_digest(kg)} {precision}".encode()).hexdigest()
    kept, parts, done = folder / "vectors" / key[:16], [], 0

    def read(entities: int) -> None:
        nonlocal done
        done += entities
        on_entities(done, len(kg))

    with locked(kept, "making of these vectors", wait=True):
        for number, start in enumerate(range(0, len(kg), PART)):
            entities = np.arange(start, min(start + PART, len(kg)))
            path = kept / f"part-{number:05d}.safetensors"
            if path.is_file():
                read(len(entities))
            else:
                texts, which = _distinct(model, kg, entities)
                once = model.entities(texts, np.arange(texts.count), precision=precision, on_batch=read, **how)
                if texts.count < len(entities):
                    read(len(entities) - texts.count)
                write_tensors(path, {"entities": torch.from_numpy(once[which])})
            parts.append(_vectors(path, [len(entities), model.encoder.width]))
    return np.concatenate(parts)


def _distinct(model: RetrievalModel, kg: KnowledgeGraph, entities: Ids) -> tuple[TripleTexts, Ids]:
    """The distinct texts of some entities, and which of them each one's is."""
    number: dict[str, int] = {}
    which = np.array([number.setdefault(text, len(number)) for text in model.entity_texts(kg, entities)], np.int64)
    names = kg.names(entities[np.unique(which, return_index=True)[1]]).to_pylist()
    return TripleTexts.of(model.phrases_of(kg, list(number), names), model.phrases([])), which


def _vectors(path: Path, shape: list[int]) -> Vectors:
    """Those in a file, which must be of a shape."""
    kept = read_tensors(path).get("entities")
    if kept is None or list(kept.shape) != shape:
        found = "none" if kept is None else f"those of shape {list(kept.shape)}"
        raise StoreError(path, None, f"vectors of shape {shape} (remove the file to make them anew)", found)
    return np.asarray(kept.numpy(), np.float32)
