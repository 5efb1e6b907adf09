"""Vectors of entities into a text file as word2vec writes it."""

from pathlib import Path

import click

from cli import console
from cli.command import command as kbert_command
from cli.lines import destination, writer
from cli.options import out, quiet


@kbert_command("word2vec")
@click.argument("vectors", type=click.Path(path_type=Path))
@out("File to write to, instead of standard output.", required=False)
@click.option("--keep-spaces", is_flag=True, help="Write names with their spaces, which most programs cannot read.")
@click.option("--overwrite", is_flag=True, help="Replace the file.")
@quiet
def command(vectors: Path, out: Path | None, keep_spaces: bool, overwrite: bool, quiet: bool) -> None:
    """Write vectors of entities as word2vec does: count and width, then name and numbers in each line.

    VECTORS is a run of kbert kg embed, or what kbert convert vectors made.
    A space in a name becomes an underscore; where two names would become
    one, nothing is written.

    \b
    Examples:
      kbert convert word2vec runs/transe -o transe.txt
      kbert convert word2vec runs/transe --keep-spaces | gzip > transe.txt.gz
    """
    from kbert.entities.convert import as_word2vec
    from kbert.entities.vectors import Vectors

    to_file = destination(out, overwrite=overwrite)
    opened = Vectors.open(vectors)
    lines = as_word2vec(opened, keep_spaces=keep_spaces)
    with console.bar("vectors", len(opened), quiet=quiet or to_file is None) as bar, writer(to_file) as write:
        for number, line in enumerate(lines):  # the first one counts them
            write(line)
            if number % 1_000 == 0 or number == len(opened):
                bar.update(number)
