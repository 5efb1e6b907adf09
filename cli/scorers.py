"""Training a scorer of triples, under ``kbert train`` beside the models of texts."""

from pathlib import Path
from typing import Any

import click

from cli.command import Command
from cli.options import Option, refuse_idle
from cli.parts import Slot
from cli.training import carry_out, training_command
from cli.training_options import ENCODER, settings
from cli.triple_training import ENTITY_TEXT, KG, print_result

SCORER = Slot("scorer", "kbert.scorers", "Model")

OF_NEGATIVES = ("negatives", "sides", "negatives_from", "nearest", "loss")

OPTIONS: list[Option] = [
    click.option(
        "--task",
        type=click.Choice(["triple", "relation"]),
        default="triple",
        show_default=True,
        help="What to learn: whether a triple is true, or which relation joins two entities.",
    ),
    ENCODER,
    KG,
    ENTITY_TEXT,
    click.option(
        "--negatives", type=click.IntRange(1), default=5, show_default=True, help="False triples for each true one."
    ),
    click.option(
        "--sides",
        type=click.Choice(["both", "balanced", "even", "head", "tail"]),
        default="both",
        show_default=True,
        help="Where false triples are false; balanced: at the side with fewer right answers the more often; even: as "
        "many for each question that train asks.",
    ),
    click.option(
        "--negatives-from",
        type=click.Path(),
        metavar="RUN",
        help="Draw every other false triple among the nearest wrong answers of this run (kbert train biencoder).",
    ),
    click.option("--nearest", type=click.IntRange(1), default=50, show_default=True, help="How many of them."),
    click.option(
        "--loss",
        type=click.Choice(["softmax", "infonce"]),
        default="softmax",
        show_default=True,
        help="Each triple by itself (softmax), or a true one among its false ones (infonce).",
    ),
    *settings(
        learnt="true triples, each time with other false ones",
        a_step="Triples a step, false ones among them (infonce: only whole groups of a true one and its false).",
    ),
]


def training_of(scorer: str) -> Command:
    """The command that trains one scorer."""
    return training_command([SCORER], scorer, OPTIONS, _train, "--kg kg --encoder bert-base-uncased")


def _train(
    scorer: str,
    *,
    out: Path,
    scorer_options: dict[str, dict[str, Any]],
    task: str,
    encoder: str,
    kg: str,
    entity_text: Any,
    negatives: int,
    sides: Any,
    negatives_from: str | None,
    nearest: int,
    loss: Any,
    resume: bool,
    as_json: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Train as the options say; ``settings`` are those of :class:`kbert.train.Settings`."""
    from kbert.train import Settings
    from kbert.train_triples import TriplePlan, train_triples

    if task == "relation":
        refuse_idle(dict.fromkeys(OF_NEGATIVES, "goes with --task triple: for relations no false triples are drawn"))
    elif negatives_from is None:
        refuse_idle({"nearest": "goes with --negatives-from"})
    plan = TriplePlan(
        scorer=scorer,
        task=task,
        encoder=encoder,
        kg=kg,
        entity_text=entity_text,
        negatives=negatives,
        sides=sides,
        negatives_from=negatives_from,
        nearest=nearest,
        loss=loss,
        scorer_options=scorer_options[scorer],
        settings=Settings(**settings),
    )
    result = carry_out(train_triples, plan, out, resume=resume, quiet=quiet)
    print_result(out, result, as_json=as_json)
