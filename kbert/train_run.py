"""Training a run: from a plan to a finished run folder."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from graphs import rooms
from graphs.corpus import Corpus
from graphs.errors import DataError
from graphs.files import write_json
from kbert import backbone
from kbert.checkpoint import Progress
from kbert.measure import DEV, measurable, measure
from kbert.portable import resolved
from kbert.protocol import apart, data_of, standing
from kbert.run_files import FORMAT, VERSION, predictions_path, write_known
from kbert.run_folder import begun, check_free, learn, surroundings
from kbert.text_model import MODELS, TASKS, Examples, TextModel, carried
from kbert.text_objective import TextObjective
from kbert.train import Report, Settings
from kbert.vectors import Vectors


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
    corpus = Corpus.open(plan.train)
    dev_corpus = Corpus.open(plan.dev) if plan.dev else None
    described = _describe(plan, corpus, dev_corpus)
    dev_data, known = apart(corpus, dev_corpus, described)
    check_free(folder, described, resume=resume)
    torch.manual_seed(plan.settings.seed)
    model = TextModel(
        model=plan.model,
        task=plan.task,
        labels=_labels(plan.task, corpus),
        model_options=plan.model_options,
        task_options=plan.task_options,
        backbone=backbone.load(plan.encoder),
    )
    data = model.examples(corpus.batches())
    dev = measurable(model, dev_data) if dev_data is not None else None
    with begun(folder, described, resume=resume):
        write_known(folder, known)
        progress = learn(TextObjective(model, data, dev), plan.settings, folder, report)
        model.save_pretrained(folder)
        write_json(folder / "labels.json", model.labels)
        result = _result(progress, data)
        if dev is not None and dev_data is not None:
            how, path = standing(dev_data, described, known), predictions_path(folder, DEV)
            measured = measure(model, dev, dev_data, how, path, precision=plan.settings.precision)
            result |= {"dev": measured["metrics"], "protocol": measured["protocol"]}
            result["cut"]["dev"] = measured["cut"]
        write_json(folder / "result.json", result)
    return result


def _result(progress: Progress, data: Examples) -> dict[str, Any]:
    """What came of a training, but for how good it is."""
    return {
        "best_epoch": progress.best_epoch,
        "epochs": progress.epoch,
        "linked_share": data.layout.linked_share,
        "cut": {"train": dict(data.layout.cut)},
    }


def _labels(task: str, corpus: Corpus) -> list[str]:
    """The labels to learn; only what they are read from is read. Raises :class:`DataError` if there are no texts."""
    if not len(corpus):
        raise DataError(corpus.folder, None, "text graphs with targets to learn", "none: there are no texts")
    part = rooms.find(TASKS, task)
    labels: list[str] = part.labels(corpus.batches(["id", *part.NEEDS]))
    return labels


def _describe(plan: Plan, corpus: Corpus, dev: Corpus | None) -> dict[str, Any]:
    """What ``run.json`` says: every option, resolved, and what the run was made from."""
    model, head = rooms.find(MODELS, plan.model).Model, rooms.find(TASKS, plan.task).Head
    options = {
        "model_options": resolved(model, plan.model_options),
        "task_options": resolved(head, plan.task_options),
    }
    return {
        "format": FORMAT,
        "version": VERSION,
        "plan": {**asdict(plan), **options},
        "carried": _carried(plan.model, options["model_options"]),
        "recipe": corpus.manifest["recipe"],
        "train": data_of(corpus),
        "dev": None if dev is None else data_of(dev),
        **surroundings(),
    }


def _carried(model: str, options: dict[str, Any]) -> dict[str, str]:
    """The digest of each folder that the model carries. Raises :class:`StoreError` for one that is not whole."""
    return {name: Vectors.open(options[name]).digest for name in carried(model) if options[name]}
