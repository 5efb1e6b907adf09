"""Check what is installed, and whether data files are well formed."""

from pathlib import Path
from typing import Any

import click

from cli import console
from cli.command import as_json
from cli.command import command as kbert_command
from cli.parts import Slot
from cli.texts import COLUMNS, FORMAT, texts_of


@click.group()
def command() -> None:
    """Check the machine (what is installed) or data files (well formed or not)."""


@kbert_command("machine")
@click.option("--encoder", multiple=True, help="See whether this encoder loads, and whether K-BERT can be built on it.")
@click.option("--pipeline", multiple=True, help="See whether this spaCy pipeline loads.")
@as_json
def machine(encoder: tuple[str, ...], pipeline: tuple[str, ...], as_json: bool) -> None:
    """Say what is installed and what loads; exit code 1 if something that was asked for does not.

    \b
    Example:
      kbert check machine --encoder bert-base-uncased --pipeline en_core_web_sm
    """
    from kbert.machine import check

    found = check(encoders=encoder, pipelines=pipeline)
    if as_json:
        console.print_json([line._asdict() for line in found])
    else:
        rows = [("ok" if line.ok else "no", line.what, line.found) for line in found]
        console.table("machine", ("", "", "found"), rows)
    if not all(line.ok for line in found if line.needed):
        raise SystemExit(1)


@kbert_command("data", slots=[FORMAT])
@click.argument("texts", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "format",
    metavar="NAME",
    help="Format of the files (kbert list corpora); else guessed from their names.",
)
@COLUMNS
@click.option("--errors", type=click.IntRange(1), default=20, show_default=True, help="Errors to show at most.")
@as_json
def data(
    texts: tuple[str, ...],
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    errors: int,
    as_json: bool,
) -> None:
    """Read files of texts to their end and list what is wrong, with line numbers; exit code 1 if anything is.

    \b
    Example:
      kbert check data train.tsv dev.tsv
    """
    from graphs.checking import check_texts

    found = check_texts(texts_of(texts, format, format_options, columns))
    _show(found, errors, as_json)


KG_FORMAT = Slot("format", "graphs.formats", "read", skip=("bad",))


@kbert_command("facts", slots=[KG_FORMAT])
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--format", "format", required=True, metavar="NAME", help="Format of the file (kbert list formats).")
@click.option("--errors", type=click.IntRange(1), default=20, show_default=True, help="Errors to show at most.")
@as_json
def facts(source: Path, format: str, format_options: dict[str, dict[str, Any]], errors: int, as_json: bool) -> None:
    """Read a file of facts to its end and list what is wrong, with line numbers; exit code 1 if anything is.

    \b
    Example:
      kbert check facts facts.tsv --format tsv
    """
    from graphs.checking import check_facts

    _show(check_facts(source, format, format_options[format]), errors, as_json)


def _show(found: Any, most: int, as_json: bool) -> None:
    if as_json:
        console.print_json({"counts": found.counts, "errors": [str(error) for error in found.errors]})
    else:
        console.counts_table("read", found.counts)
        for error in found.errors[:most]:
            console.stdout().print(str(error))
        if len(found.errors) > most:
            console.stdout().print(f"… and {len(found.errors) - most:,} more")
    if found.errors:
        raise SystemExit(1)


for subcommand in (machine, data, facts):
    command.add_command(subcommand)
