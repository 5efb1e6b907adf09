"""Vectors of a graph's entities from their labels and descriptions, under ``kbert kg embed``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli import console
from cli.options import Option, is_given, refuse_idle
from cli.results import reading_rows
from cli.training import say_whether_anew, telling

TEXT = "text"
"""The method that reads texts, and learns nothing."""

LEARNING = (
    *("loss", "negatives", "margin", "adversarial", "n3", "spread", "epochs", "batch_size", "learning_rate"),
    *("evaluate_every", "patience", "checkpoint_steps"),
)
"""Options that are for learning from facts."""

READING = ("encoder", "entity_text", "max_pieces", "pooling", "normalise", "precision")
"""Options that are for reading texts."""

OPTIONS: list[Option] = [
    click.option("--encoder", help="What reads texts: a hub name, a folder, or package:NAME (--method text)."),
    click.option(
        "--entity-text",
        type=click.Choice(["label", "description", "both"]),
        default="both",
        show_default=True,
        help="What is read of an entity (--method text).",
    ),
    click.option(
        "--max-pieces",
        type=click.IntRange(1),
        default=64,
        show_default=True,
        help="Cut longer texts, special pieces included (--method text).",
    ),
    click.option(
        "--pooling",
        type=click.Choice(["mean", "cls"]),
        default="mean",
        show_default=True,
        help="The mean over the pieces, or the vector of the first one (--method text).",
    ),
    click.option(
        "--normalise/--no-normalise",
        default=True,
        show_default=True,
        help="Divide each vector by its length (--method text).",
    ),
    click.option(
        "--precision",
        type=click.Choice(["auto", "bf16", "fp32"]),
        default="auto",
        show_default=True,
        help="auto: bf16 where the machine is faster in it (--method text).",
    ),
]


def check_options(method: str) -> None:
    """Refuse options of learning for a method that reads texts, options of reading for another."""
    if method == TEXT:
        refuse_idle(dict.fromkeys(LEARNING, "does not go with --method text, which reads texts and learns nothing"))
        if not is_given("width"):
            refuse_idle({"seed": "goes with --width: nothing else is drawn with --method text"})
    else:
        refuse_idle(dict.fromkeys(READING, "goes with --method text"))


def embed_by_texts(
    kg: Path,
    out: Path,
    reading: Mapping[str, Any],
    *,
    width: int,
    seed: int,
    resume: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Read the texts of all entities, and tell what came of it; a ``width`` of 0 is that of the encoder."""
    from kbert.backbone import quiet as quiet_transformers
    from kbert.entities.embed_texts import TextPlan, embed_texts

    if reading["encoder"] is None:
        raise click.UsageError("--method text needs an encoder to read with: name one with --encoder")
    say_whether_anew(out, resume=resume)
    quiet_transformers()
    plan = TextPlan(str(kg), **reading, width=width, seed=seed)
    with telling(out, "read"), console.bar("entities", quiet=quiet) as bar:
        result = embed_texts(
            plan, out, resume=resume, on_entities=lambda done, entities: bar.update(done, total=entities)
        )
    if as_json:
        console.print_json(result)
        return
    rows = [("entities", f"{result['entities']:,}"), ("width", f"{result['width']:,}"), *reading_rows(result)]
    if "kept_variance" in result:
        rows.append(("variance kept", f"{result['kept_variance']:.1%}"))
    console.table(str(out), ("", ""), rows, right=(1,))
