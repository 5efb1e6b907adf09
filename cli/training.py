"""What all trainings have in common on the command line: the command, and what is shown meanwhile."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cli import console
from cli.command import Command
from cli.command import command as kbert_command
from cli.options import Option, with_options
from cli.parts import Slot, summary_of
from graphs.folders import is_free


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
def telling(out: Path, done: str = "learnt") -> Iterator[None]:
    """Say how a run that was interrupted goes on, once the progress is gone; what it has ``done`` is kept."""
    try:
        yield
    except KeyboardInterrupt:
        if (out / "checkpoints").is_dir():
            console.say(f"what {out} has {done} is kept: run the same command again with --resume to go on")
        elif (out / "run.json").is_file():
            console.say(f"{out} has kept nothing yet: --resume begins anew")
        raise


def carry_out(
    train: Callable[..., dict[str, Any]], plan: Any, out: Path, *, resume: bool, quiet: bool
) -> dict[str, Any]:
    """Train as planned, with progress; give the result."""
    from kbert.backbone import quiet as quiet_transformers

    say_whether_anew(out, resume=resume)
    quiet_transformers()
    with telling(out), console.bar("steps", quiet=quiet) as bar:
        return train(plan, out, resume=resume, report=reporter(bar, quiet))


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
