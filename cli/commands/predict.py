"""Ask a trained run about new texts, from files or standard input."""

import json
from pathlib import Path
from typing import Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.command import out, quiet, skip_bad
from cli.texts import COLUMNS, FORMAT, texts_of


@kbert_command(slots=[FORMAT])
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("texts", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "format",
    metavar="NAME",
    help="Format of the files (kbert list corpora); else guessed from their names, txt for -.",
)
@COLUMNS
@click.option(
    "--kg", type=click.Path(), help="Where the knowledge graph is, if not where it was; or another one to use."
)
@out("File to write JSON lines to, instead of standard output.", required=False)
@skip_bad
@quiet
def command(
    run: Path,
    texts: tuple[str, ...],
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    kg: str | None,
    out: Path | None,
    skip_bad: int,
    quiet: bool,
) -> None:
    """Predict for new texts (- is standard input): one JSON line a text, with the facts that were at hand.

    \b
    Examples:
      kbert predict runs/kbert new.txt
      echo "They ate the velmora." | kbert predict runs/kbert -
    """
    from contextlib import ExitStack

    from graphs.errors import Skipped
    from graphs.files import replace_file
    from kbert.backbone import quiet as quiet_transformers
    from kbert.runs import Run

    quiet_transformers()
    if format is None and "-" in texts:
        format, format_options = "txt", {"txt": {}}
    bad = Skipped(skip_bad)
    documents = texts_of(texts, format, format_options, columns).read(bad)
    with ExitStack() as stack:
        file = None
        if out is not None:
            beside = stack.enter_context(replace_file(out))
            file = stack.enter_context(beside.open("w", encoding="utf-8"))
        bar = stack.enter_context(console.bar("texts", quiet=quiet or out is None))
        for graph, answer in Run(run).predict(documents, kg=kg):
            click.echo(json.dumps(_line(graph, answer), ensure_ascii=False), file=file)
            bar.advance(1)
    for error in bad.errors:
        console.say(f"skipped {error}")


def _line(graph: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """What is said of one text, and what was known of its entities."""
    mentions = [
        {
            "mention": graph.surface(mention),
            "start": mention.start,
            "end": mention.end,
            "text": mention.text,
            "entity": mention.entity,
            "facts": [f"{f.relation_text} {f.tail_text}" for f in graph.facts_of(mention.entity)]
            if mention.entity
            else [],
        }
        for mention in graph.mentions
    ]
    tokens = {"tokens": [graph.surface(token) for token in graph.tokens]} if "tags" in answer else {}
    return {"id": graph.id, "texts": list(graph.texts), **answer, **tokens, "mentions": mentions}
