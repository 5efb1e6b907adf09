"""Training a retriever on the triples of a knowledge graph."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from graphs import rooms
from graphs.errors import DataError
from kbert import backbone
from kbert.portable import resolved
from kbert.ranking.link_dev import LinkDev
from kbert.retrieval.model import RETRIEVERS, RetrievalModel
from kbert.retrieval.objective import Contrast, RetrievalObjective
from kbert.scoring.calibration_dev import NEGATIVES
from kbert.train import Report, Settings
from kbert.triple_training import Splits, described, train_on
from kbert.triples.reader import TextChoice, check_entity_text


@dataclass(frozen=True)
class RetrieverPlan:
    """What to train on which graph: every option of a run.

    Raises :class:`OptionsError` for another ``entity_text``.
    """

    retriever: str
    encoder: str
    kg: str
    entity_text: TextChoice = "label"
    contrast: Contrast = field(default_factory=Contrast)
    retriever_options: dict[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        """Refuse what no run can have."""
        check_entity_text(self.entity_text)


def train_retriever(
    plan: RetrieverPlan, folder: Path, *, resume: bool = False, report: Report = lambda record: None
) -> dict[str, Any]:
    """Train as planned and leave a finished run in ``folder``; give its result (also in ``result.json``).

    Only true triples are learnt from. Raises as :func:`kbert.train_triples.train_triples` does.
    """
    splits = Splits.of(plan.kg)
    if len(splits.kg) < 2:
        raise DataError(splits.kg.folder, None, "two entities or more to tell apart", f"{len(splits.kg)}")
    options = resolved(rooms.find(RETRIEVERS, plan.retriever).Model, plan.retriever_options)
    about = described("retriever", {**asdict(plan), "retriever_options": options}, splits.kg)

    def objective() -> RetrievalObjective:
        model = RetrievalModel(
            retriever=plan.retriever,
            relations=splits.kg.relations,
            entity_text=plan.entity_text,
            retriever_options=plan.retriever_options,
            backbone=backbone.load(plan.encoder),
        )
        texts, dev = model.texts(splits.kg), splits.dev.true
        held_out = LinkDev(dev, splits.true, seed=plan.settings.seed) if len(dev) else None
        return RetrievalObjective(model, texts, splits.train.true, held_out, contrast=plan.contrast)

    return train_on(objective, splits, about, plan.settings, folder, negatives=NEGATIVES, resume=resume, report=report)
