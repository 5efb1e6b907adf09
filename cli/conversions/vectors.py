"""Vectors of entities out of a text file, as word2vec and ERNIE have them."""

from pathlib import Path

import click

from cli import console
from cli.command import command as kbert_command
from cli.options import as_json, out, quiet


@kbert_command("vectors")
@click.argument("file", type=click.Path(path_type=Path))
@out("Folder of the vectors.")
@click.option(
    "--names",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Lines are numbers alone, and this file has the name of each (entity2id.txt).",
)
@as_json
@quiet
def command(file: Path, out: Path, names: Path | None, as_json: bool, quiet: bool) -> None:
    """Read vectors of entities from a text file, plain or packed (.gz, .bz2).

    A file of word2vec says count and width first, then name and numbers in
    each line; names may hold spaces. With --names each line is numbers alone
    (entity2vec.vec of ERNIE).

    \b
    Examples:
      kbert convert vectors words.txt.gz -o vectors
      kbert convert vectors entity2vec.vec --names entity2id.txt -o vectors
    """
    from graphs.errors import OptionsError
    from kbert.entities.convert import convert_vectors

    if "-" in (str(file), str(names)):
        raise OptionsError("vectors and names are read from files, not from standard input")
    with console.bar("vectors", quiet=quiet) as bar:
        counts = convert_vectors(file, out, names=names, on_vectors=lambda done, total: bar.update(done, total=total))
    if as_json:
        console.print_json(counts)
        return
    console.counts_table(str(out), counts)
