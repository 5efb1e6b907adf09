"""The vectors of a graph's entities, made once and kept in the run of the retriever that made them."""

import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphs.errors import StoreError
from graphs.files import write_json
from graphs.folders import locked
from graphs.knowledge import KnowledgeGraph
from graphs.manifests import MANIFEST, Kind
from graphs.tables import Ids
from kbert.checkpoint import read_tensors, write_tensors
from kbert.precision import name_of
from kbert.retrieval.model import EntityVectors, RetrievalModel
from kbert.triples.texts import TripleTexts

PART = 2**16
"""Entities whose vectors are in one file: those of a killed job are taken up."""

KIND = Kind(
    "kbert entity vectors",
    1,
    "vectors of entities",
    "remove the folder to make them anew",
    {"made_with": {"model": str, "knowledge_graph": {"folder": str, "digest": str}, "precision": str}},
)

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
) -> EntityVectors:
    """The vector of each entity, from the run in ``folder`` as far as they are there, else made and kept.

    They are found again for the same model (of this ``digest``), the same graph and the same
    precision; what they are of stands in their ``manifest.json``. Those that nobody can want any more are
    removed: of another model, and of what was in the folder of this graph before. Who wants them while
    another process makes them waits. Raises :class:`StoreError` for a damaged file.
    """
    graph = {"folder": str(kg.folder.resolve()), "digest": kg.checksum}
    made_with = {"model": digest, "knowledge_graph": graph, "precision": name_of(precision)}
    key = hashlib.sha256(f"{digest} {graph['digest']} {precision}".encode()).hexdigest()
    kept, done = folder / "vectors" / key[:16], 0
    found = EntityVectors(np.empty((len(kg), model.encoder.width), np.float32), np.empty(len(kg), np.int64))

    def read(entities: int) -> None:
        nonlocal done
        done += entities
        on_entities(done, len(kg))

    with locked(kept, "making of these vectors", wait=True):
        if (kept / MANIFEST).is_file():
            KIND.read(kept / MANIFEST)
        else:
            write_json(kept / MANIFEST, {**KIND.begin(), "made_with": made_with})
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
                cut = model.retriever.entity_cut(texts, which)
                write_tensors(path, {"entities": torch.from_numpy(once[which]), "cut": torch.from_numpy(cut)})
            part, here = _kept(path, [len(entities), model.encoder.width]), slice(start, start + len(entities))
            found.vectors[here], found.cut[here] = part
    _remove_old(kept, made_with)
    return found


def _remove_old(kept: Path, made_with: dict[str, Any]) -> None:
    """Remove vectors beside those in a folder if they are of another model, or of what its graph was before."""
    model, graph = made_with["model"], made_with["knowledge_graph"]
    for path in sorted(kept.parent.glob(f"*/{MANIFEST}")):
        with suppress(StoreError):  # of another version, or another process is at them
            other = KIND.read(path)["made_with"]
            before = other["knowledge_graph"]
            if other["model"] == model and (before["folder"] != graph["folder"] or before["digest"] == graph["digest"]):
                continue
            with locked(path.parent, "reading of these vectors"):
                shutil.rmtree(path.parent)


def _distinct(model: RetrievalModel, kg: KnowledgeGraph, entities: Ids) -> tuple[TripleTexts, Ids]:
    """The distinct texts of some entities, and which of them each one's is."""
    number: dict[str, int] = {}
    which = np.array([number.setdefault(text, len(number)) for text in model.entity_texts(kg, entities)], np.int64)
    names = kg.names(entities[np.unique(which, return_index=True)[1]]).to_pylist()
    return TripleTexts.of(model.phrases_of(kg, list(number), names), model.phrases([])), which


def _kept(path: Path, shape: list[int]) -> EntityVectors:
    """Those in a file, which must be of a shape."""
    tensors = read_tensors(path)
    kept, cut = tensors.get("entities"), tensors.get("cut")
    if kept is None or cut is None or list(kept.shape) != shape or len(cut) != len(kept):
        found = "no vectors" if kept is None else f"vectors of shape {list(kept.shape)}"
        found += "" if cut is None else f", and {len(cut):,} counts"
        expected = f"vectors of shape {shape}, and {shape[0]:,} counts of cut pieces"
        raise StoreError(path, None, f"{expected} (remove the file to make them anew)", found)
    return EntityVectors(np.asarray(kept.numpy(), np.float32), np.asarray(cut.numpy(), np.int64))
