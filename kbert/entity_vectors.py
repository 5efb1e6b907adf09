"""The vectors of a graph's entities, made once and kept in the run of the retriever that made them."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphs.errors import StoreError
from graphs.knowledge import KnowledgeGraph
from graphs.recipe import content_digest
from kbert.checkpoint import read_tensors, write_tensors
from kbert.retrieval_model import RetrievalModel, Vectors
from kbert.triple_texts import TripleTexts


def entity_vectors(
    folder: Path,
    digest: str,
    model: RetrievalModel,
    kg: KnowledgeGraph,
    texts: TripleTexts,
    *,
    precision: torch.dtype,
    **how: Any,
) -> Vectors:
    """The vector of each entity, from the run in ``folder`` if they are there, else made and kept.

    They are found again for the same model (of this ``digest``), the same graph and the same
    precision. Raises :class:`StoreError` for a damaged file.
    """
    key = hashlib.sha256(f"{digest} {content_digest(kg)} {precision}".encode()).hexdigest()
    path = folder / "vectors" / f"{key[:16]}.safetensors"
    if not path.is_file():
        made = model.entities(texts, np.arange(len(kg)), precision=precision, **how)
        path.parent.mkdir(exist_ok=True)
        write_tensors(path, {"entities": torch.from_numpy(made)})
        return made
    kept = read_tensors(path).get("entities")
    shape = [len(kg), model.encoder.width]
    if kept is None or list(kept.shape) != shape:
        found = "none" if kept is None else f"those of shape {list(kept.shape)}"
        raise StoreError(path, None, f"vectors of shape {shape} (remove the file to make them anew)", found)
    return np.asarray(kept.numpy(), np.float32)
