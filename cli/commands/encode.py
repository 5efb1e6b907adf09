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
    from graphs.types import Document
    from kbert.word_vectors import WordVectors


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
    from graphs.errors import Skipped
    from graphs.files import check_free_file
    from kbert.backbone import quiet as quiet_transformers
    from kbert.runs import Run
    from kbert.word_vectors import check_form, write_words

    check_form(out)
    check_free_file(out, overwrite=overwrite, reads=texts)
    quiet_transformers()
    graphs = graphs_of(texts, "encode", format=format, columns=columns, kg=kg)
    bad, cut = Skipped(skip_bad), Counter[str]()
    source: "str | Iterable[Document]" = texts[0]
    if graphs is None:
        source = texts_of(texts, format, format_options, columns).read(bad)
    opened = Run(run)
    with console.bar("texts", None if graphs is None else len(graphs), quiet=quiet) as bar:

        def told(words: "WordVectors") -> "WordVectors":
            bar.advance(len(words.ids))
            return words

        parts = map(told, opened.encode(source, kg=kg, on_cut=cut.update))
        about = {"run": opened.folder.name, "model": opened.plan["model"], "task": opened.plan["task"]}
        counts = write_words(out, parts, about)
    for error in bad.errors:
        console.say(f"skipped {error}")
    say_cut(cut)
    if as_json:
        console.print_json({"file": str(out), **counts})
    else:
        console.counts_table(str(out), counts)
