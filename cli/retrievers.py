"""Training a retriever, under ``kbert train`` beside the models of texts and the scorers of triples."""

from pathlib import Path
from typing import Any

import click

from cli.command import Command
from cli.options import NOT_NEGATIVE, Option
from cli.parts import Slot
from cli.training import carry_out, training_command
from cli.training_options import ENCODER, settings
from cli.triple_training import ENTITY_TEXT, KG, print_result

RETRIEVER = Slot("retriever", "kbert.retrievers", "Model")

OPTIONS: list[Option] = [
    ENCODER,
    KG,
    ENTITY_TEXT,
    click.option(
        "--margin",
        type=NOT_NEGATIVE,
        default=0.02,
        show_default=True,
        help="By how much the cosine of the right answer must be above the others.",
    ),
    click.option(
        "--pre-batches",
        type=click.IntRange(0),
        default=2,
        show_default=True,
        help="Batches before this one whose entities are wrong answers too.",
    ),
    click.option(
        "--pre-batch-weight",
        type=click.FloatRange(0, 1),
        default=0.5,
        show_default=True,
        help="What their logits are multiplied by.",
    ),
    *settings(
        learnt="true triples",
        a_step="True triples a step; each asks for its head and for its tail.",
        batch_size=256,
        max_padded=65_536,
        learning_rate=5e-5,
    ),
]


def training_of(retriever: str) -> Command:
    """The command that trains one retriever."""
    return training_command([RETRIEVER], retriever, OPTIONS, _train, "--kg kg --encoder bert-base-uncased")


def _train(
    retriever: str,
    *,
    out: Path,
    retriever_options: dict[str, dict[str, Any]],
    encoder: str,
    kg: str,
    entity_text: Any,
    margin: float,
    pre_batches: int,
    pre_batch_weight: float,
    resume: bool,
    as_json: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Train as the options say; ``settings`` are those of :class:`kbert.train.Settings`."""
    from kbert.retrieval.objective import Contrast
    from kbert.train import Settings
    from kbert.train_retriever import RetrieverPlan, train_retriever

    plan = RetrieverPlan(
        retriever,
        encoder,
        kg,
        entity_text,
        Contrast(margin, pre_batches, pre_batch_weight),
        retriever_options[retriever],
        Settings(**settings),
    )
    result = carry_out(train_retriever, plan, out, resume=resume, quiet=quiet)
    print_result(out, result, as_json=as_json)
