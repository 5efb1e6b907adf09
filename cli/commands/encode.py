"""Write the vectors of words, as a trained run has them, for another model to read."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.options import as_json, other_kg, out, quiet, skip_bad
from cli.results import say_cut
from cli.texts import COLUMNS, FORMAT, FORMAT_OPTION, graphs_of, texts_of

if TYPE_CHECKING:
    from graphs.corpus import Corpus
    from graphs.types import Document


@kbert_command(slots=[FORMAT])
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("texts", nargs=-1, required=True, metavar="GRAPHS|FILE...")
@FORMAT_OPTION
@COLUMNS
@other_kg
@out("File of the vectors: its name ends in .parquet (a row a word) or .safetensors.")
@click.option("--overwrite", is_flag=True, help="Replace the file.")
@skip_bad
@as_json
@quiet
def command(
    run: Path,
    texts: tuple[str, ...],
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    kg: str | None,
    out: Path,
    overwrite: bool,
    skip_bad: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a vector for every word of texts (- is standard input), or of a folder of text graphs.

    A vector is what the run's model says of a word, the mean over its pieces,
    and stands beside the place of the word in its text.

    \b
    Examples:
      kbert encode runs/syntax new.txt -o words.parquet
      kbert encode runs/syntax graphs/test -o words.safetensors
    """
    from graphs.errors import OptionsError, Skipped
    from graphs.files import check_free_file
    from kbert.backbone import quiet as quiet_transformers
    from kbert.runs import Run
    from kbert.word_vectors import check_form, write_words

    check_form(out)
    check_free_file(out, overwrite=overwrite, reads=texts)
    graphs = graphs_of(texts, "encode", format=format, columns=columns, kg=kg)
    for folder in (run, *(() if graphs is None else (graphs.folder,))):
        if out.resolve().is_relative_to(folder.resolve()):
            raise OptionsError(f"{out} lies in {folder}, which is read: name another file to write to")
    quiet_transformers()
    bad, cut = Skipped(skip_bad), Counter[str]()
    source: Corpus | Iterable[Document] = (
        texts_of(texts, format, format_options, columns).read(bad) if graphs is None else graphs
    )
    opened = Run(run)
    about = {"run": opened.folder.resolve().name, "model": opened.plan["model"], "task": opened.plan["task"]}
    try:
        with console.bar("texts", None if graphs is None else len(graphs), quiet=quiet) as bar:
            parts = opened.encode(source, kg=kg, on_cut=cut.update, on_batch=bar.advance)
            counts = write_words(out, parts, about)
    finally:
        for error in bad.errors:
            console.say(f"skipped {error}")
    say_cut(cut)
    if as_json:
        console.print_json({"file": str(out), **counts})
    else:
        console.counts_table(str(out), counts)
