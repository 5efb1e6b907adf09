"""Train a model on text graphs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.options import NOT_NEGATIVE, POSITIVE, as_json, out, quiet, seed
from cli.parts import Slot, summary_of
from cli.results import cut_rows, linked_rows, say_no_knowledge
from graphs import rooms
from graphs.folders import is_free

MODEL = Slot("model", "kbert.models", "Model")
TASK = Slot("task", "kbert.tasks", "Head")


class Models(click.Group):
    """Each model of the room is a subcommand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every file in ``kbert/models``."""
        return rooms.names(MODEL.room)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """The training command of one model."""
        try:
            rooms.source(MODEL.room, name)
        except rooms.UnknownPartError as error:
            raise click.UsageError(str(error), ctx) from error
        return _training(name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name and first line of each model."""
        with formatter.section("Models"):
            formatter.write_dl([(name, summary_of(MODEL.room, name)) for name in self.list_commands(ctx)])


@click.command(cls=Models)
def command() -> None:
    """Train a model on text graphs.

    \b
    Example:
      kbert train kbert --task classify --encoder bert-base-uncased \\
          --train graphs/train --dev graphs/dev -o runs/kbert
    """


OPTIONS: list[Callable[[Callable[..., None]], Callable[..., None]]] = [
    click.option(
        "--task", required=True, metavar="NAME", help="What to learn: classify, tag or another of kbert list tasks."
    ),
    click.option(
        "--encoder",
        required=True,
        help="Pre-trained encoder: a hub name, a folder, or package:NAME of an installed package.",
    ),
    click.option("--train", required=True, type=click.Path(), help="Text graphs to learn from (kbert graph build)."),
    click.option("--dev", type=click.Path(), help="Text graphs that choose the best epoch."),
    out("Folder of the run."),
    click.option(
        "--epochs", type=click.IntRange(1), default=5, show_default=True, help="Times to go through the texts."
    ),
    click.option(
        "--patience",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Stop after so many epochs without a better dev (0: never).",
    ),
    click.option("--batch-size", type=click.IntRange(1), default=32, show_default=True, help="Texts a step."),
    click.option(
        "--max-padded",
        type=click.IntRange(1),
        default=16_384,
        show_default=True,
        help="Pieces a step at most, padding included.",
    ),
    click.option("--learning-rate", type=POSITIVE, default=2e-5, show_default=True, help="Highest learning rate."),
    click.option(
        "--warmup",
        type=click.FloatRange(0, 1),
        default=0.1,
        show_default=True,
        help="Share of the steps until it is reached.",
    ),
    click.option(
        "--weight-decay",
        type=NOT_NEGATIVE,
        default=0.01,
        show_default=True,
        help="Decay of weights (not of biases).",
    ),
    click.option("--clip", type=NOT_NEGATIVE, default=1.0, show_default=True, help="Longest gradient (0: any)."),
    click.option(
        "--precision",
        type=click.Choice(["auto", "bf16", "fp32"]),
        default="auto",
        show_default=True,
        help="auto: bf16 where the machine has it.",
    ),
    click.option(
        "--checkpoint-steps",
        type=click.IntRange(0),
        default=500,
        show_default=True,
        help="Steps between checkpoints, beside one after each epoch (0: only those).",
    ),
    click.option("--resume", is_flag=True, help="Go on with a run that was broken off."),
    seed,
    as_json,
    quiet,
]


def _training(model: str) -> click.Command:
    """The command that trains one model."""

    def training(**given: Any) -> None:
        _train(model, **given)

    for option in reversed(OPTIONS):
        option(training)
    help = (
        f"{summary_of(MODEL.room, model)}\n\n\b\nExample:\n"
        f"  kbert train {model} --task classify --encoder bert-base-uncased \\\n"
        f"      --train graphs/train --dev graphs/dev -o runs/{model}"
    )
    return kbert_command(model, slots=[MODEL, TASK], fixed={"model": model}, help=help)(training)


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
    if resume and is_free(out):
        console.say(f"{out}: there is no run yet, so the training begins anew")
    quiet_transformers()
    plan = Plan(model, task, encoder, train, dev, model_options[model], task_options[task], Settings(**settings))
    with _telling(out), console.bar("steps", quiet=quiet) as bar:
        result = train_run(plan, out, resume=resume, report=_reporter(bar, quiet))
    if as_json:
        console.print_json(result)
    else:
        _print(out, result)


@contextmanager
def _telling(out: Path) -> Iterator[None]:
    """Say how a training that was interrupted goes on, once the progress is gone."""
    try:
        yield
    except KeyboardInterrupt:
        if (out / "run.json").is_file():
            console.say(f"what {out} has learnt is kept: run the same command again with --resume to go on")
        raise


def _reporter(bar: console.Bar, quiet: bool) -> Callable[[dict[str, Any]], None]:
    """What is shown of each record of a training."""

    def report(record: dict[str, Any]) -> None:
        if "loss" in record:
            bar.update(record["step"], f"epoch {record['epoch']} loss {record['loss']:.4f}", total=record["steps"])
        elif record["dev"]:
            shown = ", ".join(
                f"{name} {value:.4f}" for name, value in record["dev"].items() if isinstance(value, float)
            )
            console.say(f"epoch {record['epoch']}: dev {shown}", quiet=quiet)

    return report


def _print(out: Path, result: dict[str, Any]) -> None:
    dev = result.get("dev", {})
    rows = [(f"dev {name}", console.number(value)) for name, value in dev.items() if isinstance(value, int | float)]
    rows += [("best epoch", f"{result['best_epoch']} of {result['epochs']}")]
    rows += linked_rows(result["linked_share"], " of train")
    for data, cut in result["cut"].items():
        rows += cut_rows(cut, f" in {data}")
    console.table(str(out), ("", ""), rows, right=(1,))
    if "protocol" in result:
        console.line(result["protocol"])
    say_no_knowledge(result["linked_share"])
