"""Vectors of a graph's entities from what an encoder reads of them: of those without facts, too."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from graphs.errors import StoreError
from graphs.files import write_json
from graphs.knowledge import KnowledgeGraph
from graphs.manifests import Shape
from graphs.options import LARGEST_SEED, check_range
from graphs.tables import Ids, Table
from kbert.backbone import Backbone, load
from kbert.entities.projection import Projection
from kbert.entities.reader import EntityReader, unit
from kbert.entities.table_file import TableWriter, mapped, odd_row
from kbert.entities.vectors import TABLE, name_by_graph, not_finite
from kbert.layers.pooling import TextPooling
from kbert.precision import best_precision, here, name_of
from kbert.run_files import ENTITY_FORMAT, read_json, read_result
from kbert.run_folder import begun, check_free, surroundings
from kbert.triples.reader import TextChoice, undescribed

VERSION = 1
PART = 2**14
"""Entities whose texts are in memory together, and whose vectors are made durable together."""

SAMPLE = 2**14
"""Entities by which a projection is fitted."""

COUNTS = ("cut", "pieces", "illegible")
SHAPE: Shape = dict.fromkeys(("entities", *COUNTS), int)
"""What is known of entities that were read: how many, how many were cut, and by how many pieces."""

UNFINISHED, PROGRESS, PROJECTION = f"{TABLE}.unfinished", "progress.json", "projection.safetensors"

OnEntities = Callable[[int, int], None]
"""Hears how many entities were read, and how many there are."""


@dataclass(frozen=True)
class TextPlan:
    """What to read of which graph, and how: every option of a run.

    ``width`` is how many numbers a vector is to have, those of the encoder if 0; fewer are its principal
    components. Raises :class:`OptionsError` for a value out of range.
    """

    kg: str
    encoder: str
    entity_text: TextChoice = "both"
    max_pieces: int = 64
    pooling: TextPooling = "mean"
    width: int = 0
    normalise: bool = True
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what no reading could go by."""
        check_range("width", self.width, 0)
        check_range("seed", self.seed, 0, most=LARGEST_SEED)


def embed_texts(
    plan: TextPlan,
    folder: Path,
    *,
    resume: bool = False,
    on_entities: OnEntities = lambda done, entities: None,
) -> dict[str, Any]:
    """Read all entities as planned and leave a finished run in ``folder``; give its result (also in ``result.json``).

    One that was broken off goes on with ``resume`` and ends with the same bytes. Raises :class:`OptionsError` for
    a ``width`` that the encoder does not have, and what :func:`kbert.run_folder.check_free` raises.
    """
    kg, backbone = KnowledgeGraph.open(plan.kg), load(plan.encoder)
    backbone.to(here())
    width = plan.width or backbone.width
    check_range("width", width, 1, most=backbone.width if width >= backbone.width else len(kg))
    reader, about = _reader(plan, backbone), _described(plan, kg, width, backbone)
    check_free(folder, about, resume=resume)
    with begun(folder, about, resume=resume):
        if not (folder / "result.json").is_file():
            projection = None if width == backbone.width else _projection(reader, kg, width, plan.seed, folder)
            made = _Job(kg, width, reader, projection, folder, normalise=plan.normalise).run(on_entities)
            kept = {} if projection is None else {"kept_variance": projection.share}
            lacking = {"entities": undescribed(kg, plan.entity_text)}
            result = {"entities": len(kg), "width": width, **made, "undescribed": lacking, **kept}
            write_json(folder / "result.json", result)
        (folder / PROGRESS).unlink(missing_ok=True)
        return read_result(folder, {})


def _described(plan: TextPlan, kg: KnowledgeGraph, width: int, backbone: Backbone) -> dict[str, Any]:
    """What ``run.json`` says: every option, resolved, and the graph that was read."""
    precision = best_precision(plan.precision, next(backbone.parameters()).device)
    resolved = {"method": "text", **asdict(plan), "width": width, "precision": name_of(precision)}
    return {
        "format": ENTITY_FORMAT,
        "version": VERSION,
        "plan": resolved,
        "kg": {"folder": plan.kg, "digest": kg.checksum, "counts": kg.manifest["counts"]},
        **surroundings(),
    }


def _reader(plan: TextPlan, backbone: Backbone) -> EntityReader:
    return EntityReader(
        backbone,
        entity_text=plan.entity_text,
        max_pieces=plan.max_pieces,
        pooling=plan.pooling,
        normalise=plan.normalise,
        precision=best_precision(plan.precision, next(backbone.parameters()).device),
    )


def _projection(reader: EntityReader, kg: KnowledgeGraph, width: int, seed: int, folder: Path) -> Projection:
    """That of an earlier run, else one that is fitted on a sample of the entities and kept."""
    path = folder / PROJECTION
    if not path.is_file():
        drawn = np.random.default_rng(seed).choice(len(kg), min(SAMPLE, len(kg)), replace=False)
        Projection.fit(reader.read(kg, np.sort(drawn)).vectors, width).save(path)
    return Projection.load(path)


class _Job:
    """Reads part by part into a file that grows; what is in it, and was counted, is taken up."""

    def __init__(
        self,
        kg: KnowledgeGraph,
        width: int,
        reader: EntityReader,
        projection: Projection | None,
        folder: Path,
        *,
        normalise: bool,
    ) -> None:
        self._kg, self._reader, self._projection, self._normalise = kg, reader, projection, normalise
        self._folder, self._shape = folder, (len(kg), width)
        self._table = folder / TABLE
        self._writer = TableWriter(
            self._table if self._table.is_file() else folder / UNFINISHED, "entities", self._shape
        )
        begun = (folder / PROGRESS).is_file()
        self._progress = read_json(folder / PROGRESS, SHAPE) if begun else {"entities": 0, **dict.fromkeys(COUNTS, 0)}
        if self._progress["entities"] > self._writer.rows:
            expected = f"the vectors of {self._progress['entities']:,} entities, which were read"
            raise StoreError(self._writer.path, None, expected, f"those of {self._writer.rows:,}")
        self._writer.keep(self._progress["entities"])

    def run(self, on_entities: OnEntities) -> dict[str, dict[str, int]]:
        """Read the rest; what was cut off, and what is of unknown pieces alone."""
        entities, progress = len(self._kg), self._progress
        for start in range(progress["entities"], entities, PART):
            part = np.arange(start, min(start + PART, entities))
            self._writer.add(self._vectors(part, on_entities))
            self._writer.sync()
            progress["entities"] = start + len(part)
            write_json(self._folder / PROGRESS, progress)
            on_entities(progress["entities"], entities)
        self._writer.path.replace(self._table)
        name_by_graph(self._folder, self._kg, mapped(self._table, "entities", self._shape).table)
        cut = {"entities": progress["cut"], "pieces": progress["pieces"]}
        return {"cut": cut, "illegible": {"entities": progress["illegible"]}}

    def _vectors(self, part: Ids, on_entities: OnEntities) -> Table:
        """The vectors of a part, which is told of as long as it is not whole."""
        done = 0

        def on_batch(texts: int) -> None:
            nonlocal done
            done += texts
            if done < len(part):
                on_entities(int(part[0]) + done, len(self._kg))

        read = self._reader.read(self._kg, part, on_batch)
        self._progress["cut"] += int(np.count_nonzero(read.cut))
        self._progress["pieces"] += int(read.cut.sum())
        self._progress["illegible"] += int(read.illegible.sum())
        vectors = read.vectors
        if self._projection is not None:
            vectors = self._projection(vectors)
            vectors = unit(vectors) if self._normalise else vectors
        odd = odd_row(vectors)
        if odd is not None:
            row = int(part[odd])
            raise not_finite(self._writer.path, row, self._kg.names([row])[0].as_py())
        return vectors
