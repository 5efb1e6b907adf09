"""Candidate triples out of text graphs, under ``kbert graph``."""

from pathlib import Path

import click

from cli import console
from cli.command import command as kbert_command
from cli.lines import destination, writer
from cli.options import out, quiet
from graphs.json_text import json_text


@kbert_command("extract")
@click.argument("graphs", type=click.Path(path_type=Path))
@out("File to write to, instead of standard output.", required=False)
@click.option("--overwrite", is_flag=True, help="Replace the file.")
@click.option("--lemmas", is_flag=True, help="Add the column lemmas: phrases in the basic forms of their words.")
@click.option(
    "--texts", is_flag=True, help="Add the columns head_text and tail_text: what the text graphs call the entities."
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Read the first N texts only.")
@click.option("--json", "as_json", is_flag=True, help="Write a JSON object a line instead of a table.")
@quiet
def extract(
    graphs: Path,
    out: Path | None,
    overwrite: bool,
    lemmas: bool,
    texts: bool,
    limit: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """List what parsed texts say between two linked entities: head, phrase, tail, evidence (the sentence), text.

    A table of tab-separated lines with a header, or JSON lines.

    \b
    Example:
      kbert graph extract graphs/news -o candidates.tsv
    """
    from graphs.candidate_rows import ExtractCounts, candidate_rows, columns_of, tsv_lines
    from graphs.corpus import Corpus

    file = destination(out, overwrite=overwrite)
    corpus, columns, counts = Corpus.open(graphs), columns_of(lemmas=lemmas, texts=texts), ExtractCounts()
    total = min(len(corpus), limit or len(corpus))
    with writer(file) as write, console.bar("texts", total, quiet=quiet or file is None) as bar:
        rows = candidate_rows(corpus, columns, counts, limit=limit, on_text=lambda: bar.advance(1))
        for line in map(json_text, rows) if as_json else tsv_lines(rows, columns):
            write(line)
    console.say(
        f"{counts.texts:,} texts ({counts.without_arcs:,} without arcs): {counts.candidates:,} candidates "
        f"between {counts.pairs:,} pairs of entities",
        quiet=quiet,
    )
