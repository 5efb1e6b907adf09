"""Finished runs on triples, opened to be used: to score, to rank, to measure."""

import hashlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, get_args

import torch

from graphs.errors import OptionsError, StoreError
from graphs.knowledge import KnowledgeGraph
from graphs.manifests import Shape, checksum
from kbert.entities.embedding import Embedding
from kbert.precision import best_precision, here, name_of
from kbert.retrieval.model import RetrievalModel
from kbert.run_files import TRIPLE_FORMAT, in_use, read_described, read_json, read_result
from kbert.triples.calibration import HOLDS, Calibration
from kbert.triples.model import TripleModel
from kbert.triples.reader import TripleReader

RunKind = Literal["triple", "relation", "retriever", "embedding"]
"""A scorer that tells which triples are true, one that names relations, a retriever of entities, or vectors of all."""

VERSION = 1

DESCRIBED: Shape = {
    "kind": str,
    "plan": {"settings": {"precision": str, "seed": int}},
    "kg": {"folder": str, "digest": str},
}
"""What ``run.json`` says at least."""
RESULT: Shape = {"best_epoch": int}
"""What ``result.json`` says at least."""
CALIBRATION = "calibration.json"
"""What turns margins into probabilities; a run without enough dev triples has none."""


class TripleRun:
    """A finished run on triples, opened to be used.

    Raises :class:`StoreError` if the folder is no run on triples, or of another version.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.described: dict[str, Any] = read_described(self.folder, TRIPLE_FORMAT, VERSION, DESCRIBED)
        if self.described["kind"] not in get_args(RunKind):
            expected = f"a run of the kind {', '.join(get_args(RunKind))}"
            raise StoreError(self.folder / "run.json", None, expected, repr(self.described["kind"]))

    @property
    def plan(self) -> dict[str, Any]:
        """The options it was trained with."""
        plan: dict[str, Any] = self.described["plan"]
        return plan

    @property
    def kind(self) -> RunKind:
        """What it learnt."""
        kind: RunKind = self.described["kind"]
        return kind

    @property
    def has_zero(self) -> bool:
        """Whether its margins have a zero, from which on a triple is held for true; only this loss gives one."""
        return self.kind == "triple" and bool(self.plan["loss"] == "softmax")

    def result(self) -> dict[str, Any]:
        """Its result. Raises :class:`StoreError` if the training was not finished."""
        return read_result(self.folder, RESULT)

    def relations(self) -> list[str]:
        """The relations it has learnt, as its model has them."""
        relations: list[str] = read_json(self.folder / "config.json", {"relations": [str]})["relations"]
        return relations

    @property
    def digest(self) -> str:
        """A checksum of all that its answers hang on."""
        tokenizer = () if self.kind == "embedding" else ("tokenizer.json",)
        files = ("model.safetensors", "config.json", *tokenizer)
        return hashlib.sha256("".join(checksum(self.folder / name) for name in files).encode()).hexdigest()

    @property
    def device(self) -> torch.device:
        """Where its model is loaded to."""
        return here()

    def precision(self, model: TripleReader) -> torch.dtype:
        """What its model computes in, where that is: as it was trained."""
        return best_precision(self.plan["settings"]["precision"], model.device)

    @property
    def computed_by(self) -> dict[str, str]:
        """All that its answers to the same questions hang on, as JSON: its files, and what computes with them here."""
        precision = best_precision(self.plan["settings"]["precision"], self.device)
        return {
            "model": self.digest,
            "precision": name_of(precision),
            "device": self.device.type,
        }

    def in_use(self) -> AbstractContextManager[None]:
        """Keeps trainings away, so that what is read of the run belongs together.

        Raises :class:`StoreError` while one is at work.
        """
        return in_use(self.folder)

    def load(self) -> TripleReader:
        """The trained model, ready to answer.

        Raises :class:`StoreError` while a training of the run is at work, and :class:`OptionsError` for an
        embedding, which reads no texts.
        """
        if self.kind == "embedding":
            raise OptionsError(f"{self.folder} is an embedding of a graph, which reads no texts: see kbert rank")
        with self.in_use():
            self.result()
            kind = RetrievalModel if self.kind == "retriever" else TripleModel
            return kind.from_pretrained(str(self.folder), map_location=str(self.device))

    def load_embedding(self, kg: KnowledgeGraph) -> Embedding:
        """The vectors of a graph. Raises :class:`OptionsError` for a graph that they are not of."""
        with self.in_use():
            self.result()
            embedding = Embedding.load(self.folder)
        embedding.check_graph(kg)
        return embedding

    def calibration(self) -> Calibration | None:
        """How its margins are to be read; None where dev had too few triples to say."""
        if not (self.folder / CALIBRATION).is_file():
            return None
        return Calibration.from_dict(read_json(self.folder / CALIBRATION, HOLDS))

    def graph(self, kg: str | None = None) -> KnowledgeGraph:
        """The graph it was trained on, or the one in the folder ``kg``, which may be any.

        Raises :class:`StoreError` when the graph of the training is missing or changed and no
        other is named.
        """
        if kg is not None:
            return KnowledgeGraph.open(kg)
        known = self.described["kg"]
        if not Path(known["folder"]).exists():
            expected = "the knowledge graph of the training (--kg says where it is)"
            raise StoreError(known["folder"], None, expected, "nothing there")
        graph = KnowledgeGraph.open(known["folder"])
        if graph.checksum != known["digest"]:
            expected = "the knowledge graph as it was in the training (--kg takes it as it is)"
            raise StoreError(graph.folder, None, expected, "another, or one that was changed since")
        return graph
