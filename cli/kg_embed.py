"""Vectors for the entities and relations of a knowledge graph."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.kg_embed_texts import OPTIONS, READING, TEXT, check_options, embed_by_texts
from cli.options import NOT_NEGATIVE, POSITIVE, as_json, is_given, out, quiet, refuse_idle, seed, with_options
from cli.parts import Slot
from cli.training import carry_out, summary_rows
from cli.triple_training import leaked_rows

METHOD = Slot("method", "kbert.embeddings", "Method", beside=(TEXT,))


text_options = partial(with_options, options=OPTIONS)


@kbert_command("embed", slots=[METHOD])
@click.argument("kg", type=click.Path(path_type=Path))
@click.option(
    "--method",
    required=True,
    metavar="NAME",
    help="How triples are read off vectors (kbert list methods); text: read labels and descriptions instead.",
)
@out("Folder of the run.")
@click.option(
    "--width",
    type=click.IntRange(1),
    default=100,
    show_default="100, for text as many as the encoder gives",
    help="Numbers in the vector of an entity.",
)
@click.option(
    "--loss",
    type=click.Choice(["negatives", "1vsall"]),
    default="negatives",
    show_default=True,
    help="Tell the right answer from drawn ones, or from all other entities.",
)
@click.option(
    "--negatives",
    type=click.IntRange(1),
    default=32,
    show_default=True,
    help="Entities that are drawn for each side of a triple.",
)
@click.option(
    "--margin", type=NOT_NEGATIVE, default=9.0, show_default=True, help="Added to scores, with drawn entities."
)
@click.option(
    "--adversarial",
    type=NOT_NEGATIVE,
    default=1.0,
    show_default=True,
    help="How much more drawn entities count that score high (0: all count alike).",
)
@click.option("--n3", type=NOT_NEGATIVE, default=0.0, show_default=True, help="Weight of the N3 norm of vectors.")
@click.option("--spread", type=POSITIVE, default=0.1, show_default=True, help="Standard deviation of vectors at first.")
@click.option("--epochs", type=click.IntRange(1), default=50, show_default=True, help="Times to go through train.")
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    default=1_024,
    show_default=True,
    help="Triples a step (1vsall: distinct questions).",
)
@click.option("--learning-rate", type=POSITIVE, default=0.1, show_default=True, help="That of Adagrad.")
@click.option(
    "--evaluate-every", type=click.IntRange(1), default=1, show_default=True, help="Epochs between rankings of dev."
)
@click.option(
    "--patience",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Stop after so many rankings without a better one (0: never).",
)
@click.option(
    "--checkpoint-steps",
    type=click.IntRange(0),
    default=2_000,
    show_default=True,
    help="Steps between checkpoints, beside one after each epoch (0: only those).",
)
@text_options
@click.option("--resume", is_flag=True, help="Go on with a run that was broken off.")
@seed
@as_json
@quiet
def embed(
    kg: Path,
    method: str,
    out: Path,
    method_options: dict[str, dict[str, Any]],
    width: int,
    loss: Any,
    negatives: int,
    margin: float,
    adversarial: float,
    n3: float,
    spread: float,
    resume: bool,
    as_json: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Learn a vector for each entity and relation of a graph, which kbert rank reads.

    With --method text an encoder reads the label and the description of each
    entity, also of those without facts; there is nothing to rank then.

    \b
    Examples:
      kbert kg embed kg --method transe -o runs/transe
      kbert kg embed kg --method complex --loss 1vsall --n3 0.05 -o runs/complex
      kbert kg embed kg --method text --encoder bert-base-uncased -o runs/text
    """
    from kbert.train_embedding import EmbeddingPlan, EmbeddingSettings, train_embedding

    check_options(method)
    reading = {name: settings.pop(name) for name in READING}
    told = {"resume": resume, "as_json": as_json, "quiet": quiet}
    if method == TEXT:
        embed_by_texts(kg, out, reading, width=width if is_given("width") else 0, seed=settings["seed"], **told)
        return
    if loss == "1vsall":
        refuse_idle(dict.fromkeys(("negatives", "margin", "adversarial"), "goes with --loss negatives"))
    how: dict[str, Any] = {
        "negatives": negatives,
        "margin": margin,
        "adversarial": adversarial,
        "n3": n3,
        "spread": spread,
    }
    options = method_options[method]
    plan = EmbeddingPlan(
        method, str(kg), width, loss, **how, method_options=options, settings=EmbeddingSettings(**settings)
    )
    result = carry_out(train_embedding, plan, out, resume=resume, quiet=quiet)
    if as_json:
        console.print_json(result)
        return
    console.table(str(out), ("", ""), [*summary_rows(result), *leaked_rows(result)], right=(1,))
    if "protocol" in result:
        console.line(result["protocol"])
