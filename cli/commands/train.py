"""Train a model on text graphs, or a scorer or retriever on the triples of a knowledge graph."""

from pathlib import Path
from typing import Any

import click

from cli import console, retrievers, scorers
from cli.options import Option
from cli.parts import Slot, summary_of
from cli.results import cut_rows, linked_rows, say_no_knowledge
from cli.retrievers import RETRIEVER
from cli.scorers import SCORER
from cli.training import ENCODER, SETTINGS, reporter, say_whether_anew, summary_rows, telling, training_command
from graphs import rooms

MODEL = Slot("model", "kbert.models", "Model")
TASK = Slot("task", "kbert.tasks", "Head")


class Models(click.Group):
    """Each model of texts, scorer of triples and retriever of entities is a subcommand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every file in ``kbert/models``, ``kbert/scorers`` and ``kbert/retrievers``."""
        return [name for slot in (MODEL, SCORER, RETRIEVER) for name in rooms.names(slot.room)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """The training command of one model, scorer or retriever."""
        if name in rooms.names(SCORER.room):
            return scorers.training_of(name)
        if name in rooms.names(RETRIEVER.room):
            return retrievers.training_of(name)
        try:
            rooms.source(MODEL.room, name)
        except rooms.UnknownPartError as error:
            raise click.UsageError(str(error), ctx) from error
        return _training(name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name and first line of each."""
        titled = {"Models of texts": MODEL, "Scorers of triples": SCORER, "Retrievers of entities": RETRIEVER}
        for title, slot in titled.items():
            with formatter.section(title):
                formatter.write_dl([(name, summary_of(slot.room, name)) for name in rooms.names(slot.room)])


@click.command(cls=Models)
def command() -> None:
    """Train a model on text graphs, or a scorer or retriever on the triples of a knowledge graph.

    \b
    Examples:
      kbert train kbert --task classify --encoder bert-base-uncased \\
          --train graphs/train --dev graphs/dev -o runs/kbert
      kbert train kgbert --kg kg --encoder bert-base-uncased -o runs/kgbert
    """


OPTIONS: list[Option] = [
    click.option(
        "--task", required=True, metavar="NAME", help="What to learn: classify, tag or another of kbert list tasks."
    ),
    ENCODER,
    click.option("--train", required=True, type=click.Path(), help="Text graphs to learn from (kbert graph build)."),
    click.option("--dev", type=click.Path(), help="Text graphs that choose the best epoch."),
    *SETTINGS,
]


def _training(model: str) -> click.Command:
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
