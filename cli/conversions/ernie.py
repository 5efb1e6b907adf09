"""A released checkpoint of ERNIE, for kbert train ernie."""

from pathlib import Path

import click

from cli import console
from cli.command import command as kbert_command
from cli.options import as_json, out, quiet


@kbert_command("ernie")
@click.argument("folder", type=click.Path(path_type=Path))
@out("Folder of the encoder.")
@click.option(
    "--entity-heads",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="Heads of attention among entities, of which the checkpoint does not tell.",
)
@as_json
@quiet
def command(folder: Path, out: Path, entity_heads: int, as_json: bool, quiet: bool) -> None:
    """Convert a checkpoint of ERNIE (pytorch_model.bin, ernie_config.json, vocab.txt) into an encoder.

    Its text side is a BERT that any tool loads; its entity side lies beside
    it, for kbert train ernie. Nothing in the file is run.

    \b
    Example:
      kbert convert ernie ernie_base -o encoders/ernie
      kbert convert vectors ernie_base/kg_embed/entity2vec.vec \\
          --names ernie_base/kg_embed/entity2id.txt -o vectors
    """
    from kbert.backbone import quiet as quiet_transformers
    from kbert.convert_ernie import convert_ernie

    quiet_transformers()
    console.say("reading the checkpoint", quiet=quiet)
    about = convert_ernie(folder, out, heads=entity_heads)
    if as_json:
        console.print_json(about)
        return
    rows = [(name.replace("_", " "), _shown(value)) for name, value in about.items()]
    console.table(str(out), ("", ""), rows, right=(1,))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
