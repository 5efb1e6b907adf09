"""What all trainings have in common on the command line: options, and what is shown meanwhile."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from cli import console
from cli.command import Command
from cli.command import command as kbert_command
from cli.options import NOT_NEGATIVE, POSITIVE, Number, Option, as_json, out, quiet, seed, with_options
from cli.parts import Slot, summary_of
from graphs.folders import is_free

ENCODER: Option = click.option(
    "--encoder",
    required=True,
    help="Pre-trained encoder: a hub name, a folder, or package:NAME of an installed package.",
)


def settings(
    *,
    learnt: str = "texts",
    a_step: str = "Texts a step.",
    batch_size: int = 32,
    max_padded: int = 16_384,
    learning_rate: float = 2e-5,
) -> list[Option]:
    """Options of :class:`kbert.train.Settings` with these defaults, where the run goes, and how it is told.

    ``learnt`` and ``a_step`` say in the help what an epoch goes through, and what a step takes of it.
    """
    return [
        out("Folder of the run."),
        click.option(
            "--epochs", type=click.IntRange(1), default=5, show_default=True, help=f"Times to go through the {learnt}."
        ),
        click.option(
            "--patience",
            type=click.IntRange(0),
            default=0,
            show_default=True,
            help="Stop after so many epochs without a better dev (0: never).",
        ),
        click.option("--batch-size", type=click.IntRange(1), default=batch_size, show_default=True, help=a_step),
        click.option(
            "--max-padded",
            type=click.IntRange(1),
            default=max_padded,
            show_default=True,
            help="Pieces a step at most, padding included.",
        ),
        click.option(
            "--learning-rate", type=POSITIVE, default=learning_rate, show_default=True, help="Highest learning rate."
        ),
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
            "--average",
            type=Number(min=0, max=1, max_open=True),
            default=0.0,
            show_default=True,
            help="Measure and keep a moving average of the weights, which keeps this share a step (say .999).",
        ),
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


def training_command(
    slots: Sequence[Slot],
    part: str,
    options: Sequence[Option],
    train: Callable[..., None],
    example: str,
    *,
    group: str = "train",
    fixed: Mapping[str, str] = MappingProxyType({}),
) -> Command:
    """The command of a ``group`` that trains one part, which is that of the first slot.

    ``train`` takes the part and the values of all options; ``example`` is how the command goes on
    behind the part's name; ``fixed`` names the parts of other slots where there is no choice.
    """

    def training(**given: Any) -> None:
        train(part, **given)

    slot = slots[0]
    help = f"{summary_of(slot.room, part)}\n\n\b\nExample:\n  kbert {group} {part} {example} -o runs/{part}"
    made = kbert_command(part, slots=slots, fixed={slot.name: part, **fixed}, help=help)
    return made(with_options(training, options))


def say_whether_anew(out: Path, *, resume: bool) -> None:
    """Say so when there is nothing to resume."""
    if resume and is_free(out):
        console.say(f"{out}: there is no run yet, so the training begins anew")


@contextmanager
def telling(out: Path) -> Iterator[None]:
    """Say how a training that was interrupted goes on, once the progress is gone."""
    try:
        yield
    except KeyboardInterrupt:
        if (out / "run.json").is_file():
            console.say(f"what {out} has learnt is kept: run the same command again with --resume to go on")
        raise


def reporter(bar: console.Bar, quiet: bool) -> Callable[[dict[str, Any]], None]:
    """What is shown of each record of a training."""

    def report(record: dict[str, Any]) -> None:
        if "preparing" in record:
            bar.update(record["done"], record["preparing"], total=record["of"])
        elif "loss" in record:
            bar.update(record["step"], f"epoch {record['epoch']} loss {record['loss']:.4f}", total=record["steps"])
        elif record["dev"]:
            shown = ", ".join(
                f"{name} {value:.4f}" for name, value in record["dev"].items() if isinstance(value, float)
            )
            console.say(f"epoch {record['epoch']}: dev {shown}", quiet=quiet)

    return report


def summary_rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What came of a training: the figures on dev, and the epoch they are of."""
    dev = result.get("dev", {})
    rows = [(f"dev {name}", console.number(value)) for name, value in dev.items() if isinstance(value, int | float)]
    if not dev:
        return [("epochs (the last is kept: there is no dev to choose one)", str(result["epochs"]))]
    return [*rows, ("best epoch", f"{result['best_epoch']} of {result['epochs']}")]
