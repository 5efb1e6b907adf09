"""Pre-training an encoder on text graphs, under ``kbert pretrain``."""

from pathlib import Path
from typing import Any

from cli import console
from cli.command import Command
from cli.models import MODEL
from cli.options import Option
from cli.parts import Slot
from cli.results import say_no_knowledge
from cli.text_training import TEXTS, check_patience, show_training
from cli.training import carry_out, training_command
from cli.training_options import ENCODER, settings
from graphs import rooms

PRETRAINING = Slot("pretraining", "kbert.pretrainings", "Pretraining")

OPTIONS: list[Option] = [
    ENCODER,
    *TEXTS,
    *settings(learning_rate=5e-5),
]


def pretraining_of(name: str) -> Command:
    """The command of one way to pre-train."""
    model = rooms.constant(PRETRAINING.room, name, "MODEL")
    example = "--encoder bert-base-uncased \\\n      --train graphs/train --dev graphs/dev"
    return training_command(
        [PRETRAINING, MODEL], name, OPTIONS, _pretrain, example, group="pretrain", fixed={MODEL.name: str(model)}
    )


def _pretrain(
    name: str,
    *,
    encoder: str,
    train: str,
    dev: str | None,
    out: Path,
    model_options: dict[str, dict[str, Any]],
    pretraining_options: dict[str, dict[str, Any]],
    resume: bool,
    as_json: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Pre-train as the options say; ``settings`` are those of :class:`kbert.train.Settings`."""
    from kbert.pretrain_run import PretrainPlan, pretrain
    from kbert.train import Settings

    check_patience(settings, dev)
    (of_model,) = model_options.values()
    plan = PretrainPlan(name, encoder, train, dev, of_model, pretraining_options[name], Settings(**settings))
    result = carry_out(pretrain, plan, out, resume=resume, quiet=quiet)
    if as_json:
        console.print_json(result)
    else:
        _print(out, encoder, result)


def _print(out: Path, encoder: str, result: dict[str, Any]) -> None:
    show_training(out, result)
    if result["new_head"]:
        console.line(f"{encoder} names no words by itself: that was learnt from nothing here")
    console.line(f"begin with it: --encoder {out}")
    say_no_knowledge(result["linked_share"])
