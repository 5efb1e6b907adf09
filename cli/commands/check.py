"""Check what is installed, whether data files are well formed, and how right a parser is."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.check_parser import parser
from cli.command import command as kbert_command
from cli.facts import FORMAT as FACTS_FORMAT
from cli.facts import FORMAT_OPTION as FACTS_FORMAT_OPTION
from cli.facts import format_of
from cli.options import as_json
from cli.texts import COLUMNS, FORMAT, FORMAT_OPTION, texts_of

if TYPE_CHECKING:
    from graphs.checking import Checked


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Check the machine (what is installed; so without a subcommand), files of texts or facts, or a parser.

    \b
    Example:
      kbert check data train.tsv
    """
    if ctx.invoked_subcommand is None:
        with machine.make_context("machine", [], parent=ctx) as called:
            machine.invoke(called)


MOST_ERRORS = click.option(
    "--errors", type=click.IntRange(1), default=20, show_default=True, help="Errors to show at most."
)


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
        click.get_current_context().exit(1)


@kbert_command("data", slots=[FORMAT])
@click.argument("texts", nargs=-1, required=True, metavar="FILE...")
@FORMAT_OPTION
@COLUMNS
@MOST_ERRORS
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


@kbert_command("facts", slots=[FACTS_FORMAT])
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SOURCE...")
@FACTS_FORMAT_OPTION
@MOST_ERRORS
@as_json
def facts(
    sources: tuple[Path, ...], format: str | None, format_options: dict[str, dict[str, Any]], errors: int, as_json: bool
) -> None:
    """Read files or folders of facts to their end and list what is wrong, with line numbers; exit code 1 if anything.

    \b
    Example:
      kbert check facts facts.tsv labels.jsonl
    """
    from graphs.checking import check_facts
    from graphs.rooms import Part

    names = [(source, format or format_of(source)) for source in sources]
    _show(check_facts((source, Part(name, format_options[name])) for source, name in names), errors, as_json)


def _show(found: "Checked", most: int, as_json: bool) -> None:
    if as_json:
        console.print_json({"counts": found.counts, "errors": [str(error) for error in found.errors]})
    else:
        console.counts_table("read", found.counts)
        for error in found.errors[:most]:
            console.line(str(error))
        if len(found.errors) > most:
            console.line(f"… and {len(found.errors) - most:,} more (--errors N shows more)")
    if found.errors:
        click.get_current_context().exit(1)


for subcommand in (machine, data, facts, parser):
    command.add_command(subcommand)
