"""Training a run on the triples of a knowledge graph."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphs import rooms
from graphs.errors import DataError
from graphs.files import write_json
from graphs.knowledge import KnowledgeGraph
from graphs.recipe import content_digest
from kbert import backbone
from kbert.negatives import Sides, TripleSet
from kbert.portable import resolved
from kbert.precision import best_precision
from kbert.relation_objective import RelationObjective
from kbert.run_folder import begun, check_free, learn, surroundings
from kbert.train import Report, Settings
from kbert.triple_dev import LabelledDev, SampledDev
from kbert.triple_ids import Labelled, TripleIds, triples_of
from kbert.triple_model import SCORERS, TripleModel
from kbert.triple_objective import Loss, TripleObjective
from kbert.triple_reader import EntityText
from kbert.triple_runs import FORMAT, VERSION
from kbert.triple_texts import TripleTexts


@dataclass(frozen=True)
class TriplePlan:
    """What to train on which graph: every option of a run."""

    scorer: str
    task: str
    encoder: str
    kg: str
    entity_text: EntityText = "label"
    negatives: int = 5
    sides: Sides = "both"
    loss: Loss = "softmax"
    scorer_options: dict[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)


def train_triples(
    plan: TriplePlan, folder: Path, *, resume: bool = False, report: Report = lambda record: None
) -> dict[str, Any]:
    """Train as planned and leave a finished run in ``folder``; give its result (also in ``result.json``).

    What the graph calls train is learnt (all of it where it has no splits), what it calls dev chooses
    the epoch. Raises :class:`DataError` where there is nothing to learn, and what
    :func:`kbert.run_folder.check_free` raises.
    """
    kg = KnowledgeGraph.open(plan.kg)
    train, dev = triples_of(kg, "", "train"), triples_of(kg, "dev")
    if not len(train.true):
        raise DataError(kg.folder, None, "true triples to learn (of the split train, or of none)", "none")
    described = _describe(plan, kg)
    check_free(folder, described, resume=resume)
    torch.manual_seed(plan.settings.seed)
    model = TripleModel(
        scorer=plan.scorer,
        task=plan.task,
        relations=kg.relations,
        entity_text=plan.entity_text,
        scorer_options=plan.scorer_options,
        backbone=backbone.load(plan.encoder),
    )
    objective = _objective(plan, model, model.texts(kg), train, dev, triples_of(kg, "", "train", "dev", "test").true)
    with begun(folder, described, resume=resume):
        progress = learn(objective, plan.settings, folder, report)
        write_json(folder / "labels.json", kg.relations)
        result: dict[str, Any] = {
            "best_epoch": progress.best_epoch,
            "epochs": progress.epoch,
            "leaks": {name: leaks(kg, train.true, name) for name in ("dev", "test")},
        }
        measured = objective.measure(best_precision(plan.settings.precision, model.device))
        if measured is not None:
            result["dev"] = measured[0]
        write_json(folder / "result.json", result)
    return result


def _objective(
    plan: TriplePlan, model: TripleModel, texts: TripleTexts, train: Labelled, dev: Labelled, true: TripleIds
) -> TripleObjective | RelationObjective:
    if plan.task == "relation":
        return RelationObjective(model, texts, train.true, dev.true if len(dev.true) else None, true)
    sizes = len(texts.entities), len(texts.relations)
    held_out: LabelledDev | SampledDev | None = None
    if len(dev.false):
        held_out = LabelledDev(dev)
    elif len(dev.true):
        held_out = SampledDev(dev.true, true, *sizes, seed=plan.settings.seed)
    return TripleObjective(model, texts, train, held_out, negatives=plan.negatives, sides=plan.sides, loss=plan.loss)


def leaks(kg: KnowledgeGraph, train: TripleIds, split: str) -> int:
    """How many true triples of a split are among those that are learnt."""
    known = TripleSet(train, len(kg), len(kg.relations))
    return int(np.count_nonzero(known.holds(triples_of(kg, split).true)))


def _describe(plan: TriplePlan, kg: KnowledgeGraph) -> dict[str, Any]:
    """What ``run.json`` says: every option, resolved, and the graph it was made from."""
    options = resolved(rooms.find(SCORERS, plan.scorer).Model, plan.scorer_options)
    return {
        "format": FORMAT,
        "version": VERSION,
        "plan": {**asdict(plan), "scorer_options": options},
        "kg": {"folder": plan.kg, "digest": content_digest(kg), "counts": kg.manifest["counts"]},
        **surroundings(),
    }
