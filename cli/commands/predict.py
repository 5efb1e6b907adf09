"""Ask a trained run about new texts, from files or standard input."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.lines import destination, writer
from cli.options import other_kg, out, quiet, skip_bad
from cli.results import say_cut
from cli.texts import COLUMNS, FORMAT, FORMAT_OPTION, texts_of
from graphs.json_text import json_text

if TYPE_CHECKING:
    from graphs.types import TextGraph

Answer = dict[str, Any]


@kbert_command(slots=[FORMAT])
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("texts", nargs=-1, required=True, metavar="FILE...")
@FORMAT_OPTION
@COLUMNS
@other_kg
@out("File to write JSON lines to, instead of standard output.", required=False)
@click.option("--overwrite", is_flag=True, help="Replace the file.")
@click.option("--table", "as_table", is_flag=True, help="Print a table for people instead of JSON lines.")
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
    overwrite: bool,
    as_table: bool,
    skip_bad: int,
    quiet: bool,
) -> None:
    """Predict for new texts (- is standard input): one JSON line a text, with the facts that were at hand.

    \b
    Examples:
      kbert predict runs/kbert new.txt
      echo "They ate the velmora." | kbert predict runs/kbert -
    """
    from graphs.errors import OptionsError, Skipped
    from kbert.backbone import quiet as quiet_transformers
    from kbert.runs import Run

    file = destination(out, overwrite=overwrite, reads=texts)
    if file is not None and as_table:
        raise OptionsError("--table prints for people; a file gets JSON lines")
    quiet_transformers()
    bad = Skipped(skip_bad)
    documents = texts_of(texts, format, format_options, columns).read(bad)
    cut: Counter[str] = Counter()
    answers = Run(run).predict(documents, kg=kg, on_cut=cut.update)
    if as_table:
        _print(_line(*answer) for answer in answers)
    else:
        with writer(file) as write, console.bar("texts", quiet=quiet or file is None) as bar:
            for answer in answers:
                write(json_text(_line(*answer)))
                bar.advance(1)
    for error in bad.errors:
        console.say(f"skipped {error}")
    say_cut(cut)


def _line(graph: "TextGraph", answer: Answer) -> dict[str, Any]:
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
    tokens = {"tokens": [graph.surface(token) for token in graph.tokens]} if {"tags", "values"} & {*answer} else {}
    marked = [{**span._asdict(), "span": graph.surface(span)} for span in graph.spans]
    spans = {"spans": marked} if marked else {}
    return {"id": graph.id, "texts": list(graph.texts), **spans, **answer, **tokens, "mentions": mentions}


def _print(lines: Iterator[dict[str, Any]]) -> None:
    rows = [(" / ".join(line["texts"]), _said(line), _known(line)) for line in lines]
    console.table("predictions", ("text", "prediction", "facts at hand"), rows)


def _said(line: dict[str, Any]) -> str:
    """The label or labels with their probabilities, the words that have a tag, or the number or those of the words."""
    if "value" in line:
        return console.number(line["value"])
    if "values" in line:
        numbered = zip(line["tokens"], line["values"], strict=True)
        return " ".join(f"{token}/{console.number(value)}" for token, value in numbered)
    if "tags" in line:
        tagged = zip(line["tokens"], line["tags"], strict=True)
        return " ".join(f"{token}/{tag}" for token, tag in tagged if tag != "O")
    if "labels" in line:
        return ", ".join(f"{label} ({line['scores'][label]:.2f})" for label in line["labels"])
    return f"{line['label']} ({line['score']:.2f})"


def _known(line: dict[str, Any]) -> str:
    known = {mention["entity"]: mention["facts"] for mention in line["mentions"] if mention["facts"]}
    return "; ".join(f"{entity}: {', '.join(facts)}" for entity, facts in known.items())
