"""Options of trainings: which encoder, how it is trained, where the run goes, and how it is told."""

import click

from cli.options import NOT_NEGATIVE, POSITIVE, Number, Option, as_json, out, quiet, seed

ENCODER: Option = click.option(
    "--encoder",
    required=True,
    help="Pre-trained encoder: a hub name, a folder, or package:NAME of an installed package.",
)


RUNNING: list[Option] = [
    click.option(
        "--precision",
        type=click.Choice(["auto", "bf16", "fp32"]),
        default="auto",
        show_default=True,
        help="auto: bf16 where the machine is faster in it.",
    ),
    click.option(
        "--checkpoint-steps",
        type=click.IntRange(0),
        default=500,
        show_default=True,
        help="Steps between checkpoints, beside one after each epoch (0: only those).",
    ),
    click.option("--resume", is_flag=True, help="Go on with a run that was broken off."),
]
"""How numbers are held, when they are written down, and whether what is there is gone on with."""


def settings(
    *,
    learnt: str = "texts",
    a_step: str = "Texts a step.",
    epochs: int = 5,
    batch_size: int = 32,
    max_padded: int = 16_384,
    learning_rate: float = 2e-5,
) -> list[Option]:
    """Options of :class:`kbert.train.Settings` with these defaults, where the run goes, and how it is told.

    ``learnt`` and ``a_step`` say in the help what an epoch goes through, and what a step takes of it.
    """
    return [
        out("Folder of the run."),
        *_amounts(learnt, a_step, epochs, batch_size, max_padded),
        *_optimiser(learning_rate),
        *RUNNING,
        seed,
        as_json,
        quiet,
    ]


def _amounts(learnt: str, a_step: str, epochs: int, batch_size: int, max_padded: int) -> list[Option]:
    """How long is learnt, and how much at once."""
    return [
        click.option(
            "--epochs",
            type=click.IntRange(1),
            default=epochs,
            show_default=True,
            help=f"Times to go through the {learnt}.",
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
    ]


def _optimiser(learning_rate: float) -> list[Option]:
    """How far each step goes."""
    return [
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
    ]
