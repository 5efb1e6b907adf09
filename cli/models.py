"""Training a model of texts, under ``kbert train``."""

from pathlib import Path
from typing import Any

import click

from cli import console
from cli.command import Command
from cli.options import Option
from cli.parts import Slot
from cli.results import say_no_knowledge
from cli.text_training import TEXTS, check_patience, show_training
from cli.training import carry_out, training_command
from cli.training_options import ENCODER, settings

MODEL = Slot("model", "kbert.models", "Model")
TASK = Slot("task", "kbert.tasks", "Head")

OPTIONS: list[Option] = [
    click.option(
        "--task", required=True, metavar="NAME", help="What to learn: classify, tag or another of kbert list tasks."
    ),
    ENCODER,
    *TEXTS,
    *settings(),
]


def training_of(model: str) -> Command:
    """The command that trains one model."""
    example = "--task classify --encoder bert-base-uncased \\\n      --train graphs/train --dev graphs/dev"
    return training_command([MODEL, TASK], model, OPTIONS, _train, example)


def _train(
    model: str,
    *,
    task: str,
    encoder: str,
    train: str,
    dev: str | None,
    out: Path,
    model_options: dict[str, dict[str, Any]],
    task_options: dict[str, dict[str, Any]],
    resume: bool,
    as_json: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Train as the options say; ``settings`` are those of :class:`kbert.train.Settings`."""
    from kbert.train import Settings
    from kbert.train_run import Plan, train_run

    check_patience(settings, dev)
    plan = Plan(model, task, encoder, train, dev, model_options[model], task_options[task], Settings(**settings))
    result = carry_out(train_run, plan, out, resume=resume, quiet=quiet)
    if as_json:
        console.print_json(result)
    else:
        show_training(out, result)
        say_no_knowledge(result["linked_share"])
