"""Training a run on the triples of a knowledge graph."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from graphs import rooms
from kbert import backbone
from kbert.negatives import Sides
from kbert.portable import resolved
from kbert.relation_objective import RelationObjective
from kbert.train import Report, Settings
from kbert.triple_dev import LabelledDev, SampledDev
from kbert.triple_model import SCORERS, TripleModel
from kbert.triple_objective import Loss, TripleObjective
from kbert.triple_reader import EntityText
from kbert.triple_texts import TripleTexts
from kbert.triple_training import Splits, described, train_on


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

    Raises what :meth:`kbert.triple_training.Splits.of` and :func:`kbert.run_folder.check_free` raise.
    """
    splits = Splits.of(plan.kg)
    options = resolved(rooms.find(SCORERS, plan.scorer).Model, plan.scorer_options)
    about = described({**asdict(plan), "scorer_options": options}, splits.kg)

    def objective() -> TripleObjective | RelationObjective:
        model = TripleModel(
            scorer=plan.scorer,
            task=plan.task,
            relations=splits.kg.relations,
            entity_text=plan.entity_text,
            scorer_options=plan.scorer_options,
            backbone=backbone.load(plan.encoder),
        )
        return _objective(plan, model, model.texts(splits.kg), splits)

    negatives = plan.negatives if plan.task == "triple" else None
    return train_on(objective, splits, about, plan.settings, folder, negatives=negatives, resume=resume, report=report)


def _objective(
    plan: TriplePlan, model: TripleModel, texts: TripleTexts, splits: Splits
) -> TripleObjective | RelationObjective:
    train, dev, true = splits.train, splits.dev, splits.true
    if plan.task == "relation":
        return RelationObjective(model, texts, train.true, dev.true if len(dev.true) else None, true)
    sizes = len(texts.entities), len(texts.relations)
    held_out: LabelledDev | SampledDev | None = None
    if len(dev.false):
        held_out = LabelledDev(dev)
    elif len(dev.true):
        held_out = SampledDev(dev.true, true, *sizes, seed=plan.settings.seed)
    return TripleObjective(model, texts, train, held_out, negatives=plan.negatives, sides=plan.sides, loss=plan.loss)
