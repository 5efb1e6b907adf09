"""Pre-training: from text graphs to a folder that is both a run and an encoder to begin other trainings with."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from graphs import rooms
from graphs.errors import DataError
from graphs.files import write_json
from kbert import backbone
from kbert.guesses import told_among
from kbert.layout import Layout
from kbert.lineage import PRETRAININGS, texts_read
from kbert.portable import resolved
from kbert.pretrain_objective import PretrainObjective
from kbert.pretrainer import Pretrainer
from kbert.protocol import Data, apart, sentence, standing
from kbert.run_files import PRETRAINED, write_known
from kbert.run_folder import begun, check_free, learn
from kbert.text_model import MODELS
from kbert.text_training import TrainingTexts, summary, warn_of_no_knowledge
from kbert.train import Report, Settings


@dataclass(frozen=True)
class PretrainPlan:
    """What to pre-train on what: every option of a run."""

    pretraining: str
    encoder: str
    train: str
    dev: str | None = None
    model_options: dict[str, Any] = field(default_factory=dict)
    pretraining_options: dict[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)


def pretrain(
    plan: PretrainPlan, folder: Path, *, resume: bool = False, report: Report = lambda record: None
) -> dict[str, Any]:
    """Pre-train as planned and leave a finished run in ``folder``; give its result (also in ``result.json``).

    ``new_head`` says whether the encoder came without a head that names words. Raises what
    :func:`kbert.train_run.train_run` raises, and :class:`DataError` where there are no texts.
    """
    texts = TrainingTexts.open(plan.train, plan.dev)
    described = _describe(plan, texts)
    dev_data, known = apart(*texts, described, pretrained=texts_read(plan.encoder, described["pretrained"]))
    check_free(folder, described, resume=resume)
    torch.manual_seed(plan.settings.seed)
    made, had_head = _made(plan)
    data = _laid_out(made, Data.of(texts.train))
    warn_of_no_knowledge(data, plan.train)
    learnt = made.learnt(data, plan.train)
    dev = None if dev_data is None else _laid_out(made, dev_data)
    kinds = getattr(rooms.find(PRETRAININGS, plan.pretraining), "KINDS", {})
    with begun(folder, described, resume=resume):
        write_known(folder, known)
        objective = PretrainObjective(made, data, dev, learnt=learnt, kinds=kinds)
        progress = learn(objective, plan.settings, folder, report)
        made.save_pretrained(folder)
        result = summary(progress, data) | {"new_head": not had_head}
        if len(learnt) < len(data):
            result["cut"]["train"]["few_aligned"] = len(data) - len(learnt)
        if dev_data is not None and dev is not None:
            what = f"loss and accuracy ({told_among(progress.metrics or {})})"
            said = sentence(what, len(dev), dev_data, standing(dev_data, described, known))
            result |= {"dev": progress.metrics, "protocol": said}
            result["cut"]["dev"] = dict(dev.cut)
        write_json(folder / "result.json", result)
    return result


def _made(plan: PretrainPlan) -> tuple[Pretrainer, bool]:
    """The model with its heads; whether the encoder came with one that names words."""
    part = rooms.find(PRETRAININGS, plan.pretraining)
    encoder, words, had_head = backbone.load_with_words(plan.encoder)
    model = rooms.find(MODELS, part.MODEL).Model(encoder, **plan.model_options)
    made: Pretrainer = part.Pretraining(model, words, **plan.pretraining_options)
    return made, had_head


def _laid_out(made: Pretrainer, data: Data) -> Layout:
    if not len(data):
        raise DataError(data.name, None, "texts to learn from", "none")
    layout = Layout.join([made.layout(rows) for rows in data.rows()])
    made.check(layout, data.name)
    return layout


def _describe(plan: PretrainPlan, texts: TrainingTexts) -> dict[str, Any]:
    part = rooms.find(PRETRAININGS, plan.pretraining)
    options = {
        "model_options": resolved(rooms.find(MODELS, part.MODEL).Model, plan.model_options),
        "pretraining_options": resolved(part.Pretraining, plan.pretraining_options),
    }
    return texts.described(PRETRAINED, asdict(plan) | options, model=part.MODEL)
