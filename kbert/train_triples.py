"""Training a run on the triples of a knowledge graph."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, get_args

from graphs import rooms
from graphs.errors import DataError, OptionsError
from graphs.options import check_choice, check_range
from kbert import backbone
from kbert.link_answerers import check_same_graph, finder_of
from kbert.portable import resolved
from kbert.ranking.nearest import Nearest
from kbert.scoring.calibration_dev import LEAST
from kbert.train import Report, Settings
from kbert.triple_runs import TripleRun
from kbert.triple_training import Splits, described, train_on
from kbert.triples.dev import LabelledDev, SampledDev
from kbert.triples.ids import Asked
from kbert.triples.model import SCORERS, TripleModel
from kbert.triples.negatives import Proposer, Sides
from kbert.triples.objective import Loss, TripleObjective, check_loss
from kbert.triples.reader import TextChoice, check_entity_text
from kbert.triples.relation_objective import RelationObjective
from kbert.triples.texts import TripleTexts

NONE_DRAWN = "no false triples are drawn for the task 'relation'"


@dataclass(frozen=True)
class TriplePlan:
    """What to train on which graph: every option of a run.

    Raises :class:`OptionsError` for an option that has no such value, or no effect beside the others.
    """

    scorer: str
    task: str
    encoder: str
    kg: str
    entity_text: TextChoice = "label"
    negatives: int = 5
    sides: Sides = "both"
    negatives_from: str | None = None
    nearest: int = 50
    loss: Loss = "softmax"
    scorer_options: dict[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        """Refuse what no run can have, and what would be without effect."""
        check_entity_text(self.entity_text)
        check_choice("sides", self.sides, get_args(Sides))
        check_choice("loss", self.loss, get_args(Loss))
        check_range("negatives", self.negatives, 1)
        check_range("nearest", self.nearest, 1)
        if self.task == "relation":
            self._check_left("negatives_from", "negatives", "sides", "nearest", "loss", why=NONE_DRAWN)
        elif self.sides == "even":
            self._check_left("negatives_from", "nearest", why="sides even draws for questions, among all entities")
        elif self.negatives_from is None:
            self._check_left("nearest", why="it is for negatives from a retriever")

    def _check_left(self, *names: str, why: str) -> None:
        """Raise :class:`OptionsError` unless options are as they are by default."""
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name in names and value != each.default:
                raise OptionsError(f"{each.name} {value!r} has no effect: {why}")


def train_triples(
    plan: TriplePlan, folder: Path, *, resume: bool = False, report: Report = lambda record: None
) -> dict[str, Any]:
    """Train as planned and leave a finished run in ``folder``; give its result (also in ``result.json``).

    With ``negatives_from``, the folder of a finished retriever, every other false triple is one of
    the ``nearest`` wrong answers that finds. Raises :class:`OptionsError` if that run is no
    retriever, and what :meth:`kbert.triple_training.Splits.of`, :func:`kbert.triples.objective.check_loss` and
    :func:`kbert.run_folder.check_free` raise.
    """
    splits = Splits.of(plan.kg)
    check_loss(plan.loss, splits.train, plan.sides)
    if plan.task == "relation" and len(splits.kg.relations) < 2:
        raise DataError(splits.kg.folder, None, "two relations or more to tell apart", f"{len(splits.kg.relations)}")
    options = resolved(rooms.find(SCORERS, plan.scorer).Model, plan.scorer_options)
    about = described(plan.task, {**asdict(plan), "scorer_options": options}, splits.kg)
    retriever = None
    if plan.negatives_from is not None:
        retriever = TripleRun(plan.negatives_from)
        check_same_graph(retriever, about["kg"]["digest"], splits.kg.folder)
        about["retriever"] = retriever.digest

    def objective() -> TripleObjective | RelationObjective:
        model = TripleModel(
            scorer=plan.scorer,
            task=plan.task,
            relations=splits.kg.relations,
            entity_text=plan.entity_text,
            scorer_options=plan.scorer_options,
            backbone=backbone.load(plan.encoder),
        )
        proposer = None if retriever is None else _proposer(retriever, splits, plan.nearest, report)
        return _objective(plan, model, model.texts(splits.kg), splits, proposer)

    negatives = plan.negatives if plan.task == "triple" else None
    return train_on(objective, splits, about, plan.settings, folder, negatives=negatives, resume=resume, report=report)


def _objective(
    plan: TriplePlan, model: TripleModel, texts: TripleTexts, splits: Splits, proposer: Proposer | None
) -> TripleObjective | RelationObjective:
    train, dev, true = splits.train, splits.dev, splits.true
    if plan.task == "relation":
        return RelationObjective(model, texts, train.true, dev.true if len(dev.true) else None, true)
    sizes = len(texts.entities), len(texts.relations)
    held_out: LabelledDev | SampledDev | None = None
    if min(len(dev.true), len(dev.false)) >= LEAST:
        held_out = LabelledDev(dev, has_zero=plan.loss == "softmax")
    elif len(dev.true):
        held_out = SampledDev(dev.true, true, *sizes, seed=plan.settings.seed)
    how: dict[str, Any] = {"negatives": plan.negatives, "sides": plan.sides, "loss": plan.loss}
    return TripleObjective(model, texts, train, held_out, **how, proposer=proposer)


def _proposer(run: TripleRun, splits: Splits, nearest: int, report: Report) -> Nearest:
    """What proposes the nearest wrong answers of a retriever to the questions of the training triples."""
    train = splits.train.true
    what = f"questions to {run.folder}: the {nearest} nearest wrong answers of {len(train):,} triples"
    first = f"entities, read first by {run.folder}"
    asked, done = len(Asked.of(train).distinct()[0]), 0.0

    def on_entities(entities: int, of: int) -> None:
        report({"preparing": first, "done": entities, "of": of})

    def on_questions(questions: float) -> None:
        nonlocal done
        done += questions
        report({"preparing": what, "done": done, "of": asked})

    return Nearest(finder_of(run, splits.kg, on_entities=on_entities), train, k=nearest, on_questions=on_questions)
