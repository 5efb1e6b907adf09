"""Training a run: from a plan to a finished run folder."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from graphs import rooms
from graphs.corpus import Corpus
from graphs.errors import DataError
from graphs.files import write_json
from kbert import backbone
from kbert.lineage import texts_read
from kbert.measure import DEV, measurable, measure
from kbert.portable import resolved
from kbert.protocol import apart, standing
from kbert.run_files import FORMAT, predictions_path, write_known
from kbert.run_folder import begun, check_free, learn
from kbert.text_model import MODELS, TASKS, TextModel
from kbert.text_objective import TextObjective
from kbert.text_training import TrainingTexts, summary, warn_of_no_knowledge
from kbert.train import Report, Settings


@dataclass(frozen=True)
class Plan:
    """What to train on what: every option of a run."""

    model: str
    task: str
    encoder: str
    train: str
    dev: str | None = None
    model_options: dict[str, Any] = field(default_factory=dict)
    task_options: dict[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)


def train_run(
    plan: Plan, folder: Path, *, resume: bool = False, report: Report = lambda record: None
) -> dict[str, Any]:
    """Train as planned and leave a finished run in ``folder``; give its result (also in ``result.json``).

    With ``resume`` a broken run goes on where it was; its plan must be the same. Nothing is written
    before encoder and texts are known to be good. Raises :class:`OptionsError` when ``folder`` holds
    something already (without ``resume``), when dev is the training data, or when dev was made by
    another recipe, and :class:`StoreError` while another training is at work there.
    """
    texts = TrainingTexts.open(plan.train, plan.dev)
    plan = _with_learnt(plan, texts.train)
    described = _describe(plan, texts)
    roles, read = tuple(rooms.find(TASKS, plan.task).MARKERS), texts_read(plan.encoder, described["pretrained"])
    dev_data, known = apart(*texts, described, roles=roles, pretrained=read)
    check_free(folder, described, resume=resume)
    torch.manual_seed(plan.settings.seed)
    model = TextModel(
        model=plan.model,
        task=plan.task,
        labels=_labels(plan.task, texts.train),
        model_options=plan.model_options,
        task_options=plan.task_options,
        backbone=backbone.load(plan.encoder),
    )
    data = model.examples(texts.train.batches())
    warn_of_no_knowledge(data.layout, plan.train)
    dev = measurable(model, dev_data) if dev_data is not None else None
    with begun(folder, described, resume=resume):
        write_known(folder, known)
        progress = learn(TextObjective(model, data, dev), plan.settings, folder, report)
        model.save_pretrained(folder)
        write_json(folder / "labels.json", model.labels)
        result = summary(progress, data.layout)
        if dev is not None and dev_data is not None:
            how, path = standing(dev_data, described, known), predictions_path(folder, DEV)
            measured = measure(model, dev, dev_data, how, path, precision=plan.settings.precision)
            result |= {"dev": measured["metrics"], "protocol": measured["protocol"]}
            result["cut"]["dev"] = measured["cut"]
        write_json(folder / "result.json", result)
    return result


def _with_learnt(plan: Plan, corpus: Corpus) -> Plan:
    """The plan with the options of the model that hang on the training texts."""
    part = rooms.find(MODELS, plan.model)
    if not hasattr(part, "learnt"):
        return plan
    return replace(plan, model_options=part.learnt(plan.model_options, corpus.batches(part.LEARNT_FROM)))


def _labels(task: str, corpus: Corpus) -> list[str]:
    """The labels to learn; only what they are read from is read. Raises :class:`DataError` if there are no texts."""
    if not len(corpus):
        raise DataError(corpus.folder, None, "text graphs with targets to learn", "none: there are no texts")
    part = rooms.find(TASKS, task)
    labels: list[str] = part.labels(corpus.batches(["id", *part.NEEDS]))
    return labels


def _describe(plan: Plan, texts: TrainingTexts) -> dict[str, Any]:
    options = {
        "model_options": resolved(rooms.find(MODELS, plan.model).Model, plan.model_options),
        "task_options": resolved(rooms.find(TASKS, plan.task).Head, plan.task_options),
    }
    return texts.described(FORMAT, asdict(plan) | options, model=plan.model)
