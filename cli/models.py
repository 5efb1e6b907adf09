"""Training a model of texts, under ``kbert train``."""

from pathlib import Path
from typing import Any

import click

from cli import console
from cli.command import Command
from cli.options import Option
from cli.parts import Slot
from cli.results import cut_rows, linked_rows, say_no_knowledge
from cli.training import ENCODER, reporter, say_whether_anew, settings, summary_rows, telling, training_command

MODEL = Slot("model", "kbert.models", "Model")
TASK = Slot("task", "kbert.tasks", "Head")

OPTIONS: list[Option] = [
    click.option(
        "--task", required=True, metavar="NAME", help="What to learn: classify, tag or another of kbert list tasks."
    ),
    ENCODER,
    click.option("--train", required=True, type=click.Path(), help="Text graphs to learn from (kbert graph build)."),
    click.option("--dev", type=click.Path(), help="Text graphs that choose the best epoch."),
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
    from graphs.errors import OptionsError
    from kbert.backbone import quiet as quiet_transformers
    from kbert.train import Settings
    from kbert.train_run import Plan, train_run

    if settings["patience"] and dev is None:
        raise OptionsError("--patience waits for a better dev, so it needs --dev")
    say_whether_anew(out, resume=resume)
    quiet_transformers()
    plan = Plan(model, task, encoder, train, dev, model_options[model], task_options[task], Settings(**settings))
    with telling(out), console.bar("steps", quiet=quiet) as bar:
        result = train_run(plan, out, resume=resume, report=reporter(bar, quiet))
    if as_json:
        console.print_json(result)
    else:
        _print(out, result)


def _print(out: Path, result: dict[str, Any]) -> None:
    rows = summary_rows(result)
    rows += linked_rows(result["linked_share"], " of train")
    for data, cut in result["cut"].items():
        rows += cut_rows(cut, f" in {data}")
    console.table(str(out), ("", ""), rows, right=(1,))
    if "protocol" in result:
        console.line(result["protocol"])
    say_no_knowledge(result["linked_share"])
