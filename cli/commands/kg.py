"""Import a knowledge graph, look at it, look an entity up."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from cli import console, facts
from cli.command import command as kbert_command
from cli.kg_embed import embed
from cli.options import as_json, out, quiet, skip_bad
from cli.parts import options_of
from graphs.folders import is_free


@click.group()
def command() -> None:
    """Knowledge graphs: import, info, show.

    \b
    Example:
      kbert kg import facts.tsv -o kg
    """


FORMAT = replace(facts.FORMAT, skip=("bad", "label_separator"))


@kbert_command("import", slots=[FORMAT])
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path), metavar="SOURCE...")
@out("Folder of the knowledge graph.")
@facts.FORMAT_OPTION
@click.option(
    "--labels",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Labels, descriptions, aliases and priors of entities, as TSV or JSON lines.",
)
@click.option(
    "--label-separator",
    default="",
    metavar="TEXT",
    help='Split "lemma, gloss" into label and description, here at ", ".',
)
@click.option("--add", is_flag=True, help="Append to the graph in the folder; the ids of its entities stay.")
@click.option("--overwrite", is_flag=True, help="Replace the graph in the folder.")
@skip_bad
@as_json
@quiet
def import_(
    sources: tuple[Path, ...],
    out: Path,
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    labels: tuple[Path, ...],
    label_separator: str,
    add: bool,
    overwrite: bool,
    skip_bad: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Read facts and names from files or folders into a knowledge graph on disk.

    \b
    Examples:
      kbert kg import facts.tsv --labels labels.jsonl -o kg
      kbert kg import HowNet.spo -o hownet
      kbert kg import wordnet/ --format kgbert --label-separator ", " -o wordnet
      kbert kg import more.tsv --add -o kg
    """
    from dataclasses import asdict

    from graphs.errors import OptionsError, Skipped
    from graphs.importing import Source, import_graph

    if not sources and not (add and labels):
        raise OptionsError("name at least one file or folder to import")
    if add and overwrite:
        raise OptionsError("--add keeps the graph in the folder and --overwrite does not: pass one of them")
    if not add and not overwrite and not is_free(out):
        raise OptionsError(f"{out} is there already: name another folder, or pass --add or --overwrite")
    given = [
        Source(source, name, {**format_options[name], **_separator(name, label_separator)})
        for source in sources
        for name in [format or facts.format_of(source)]
    ]
    texts = [Source(file, "labels", _separator("labels", label_separator)) for file in labels]
    if label_separator and not any("label_separator" in source.options for source in (*given, *texts)):
        raise OptionsError("--label-separator is for labels files and for formats with labels (kgbert, labels)")
    bad = Skipped(skip_bad)
    with console.bar("records", quiet=quiet) as bar:
        report = import_graph(out, given, labels=texts, add=add, bad=bad, on_progress=bar.update)
    _tell_skipped(bad.errors)
    for found, what in ((report.leaks, "in several splits"), (report.contradictions, "called true and false")):
        if found["triples"]:
            console.say(f"triples {what}: {found['triples']:,}, the first {', '.join(found['first'])}")
    if not report.entities:
        console.say(f"{out} is empty: there is no fact and no name in what was read")
    if as_json:
        console.print_json({**asdict(report), "skipped": [str(error) for error in bad.errors]})
        return
    told = asdict(report) if add else {k: v for k, v in asdict(report).items() if not k.startswith("new_")}
    counts = {name: value for name, value in told.items() if isinstance(value, int)}
    console.counts_table(f"{out}", {**counts, **{f"left out: {k}": v for k, v in report.left_out.items()}})


def _separator(format: str, separator: str) -> dict[str, str]:
    """The separator as an option of a format, where it is given and the format has it."""
    has = any(option.name == "label_separator" for option in options_of(facts.FORMAT, format))
    return {"label_separator": separator} if separator and has else {}


def _tell_skipped(errors: list[Any]) -> None:
    for error in errors:
        console.say(f"skipped {error}")
    if errors:
        console.say(f"{len(errors)} bad lines skipped")


@kbert_command("info")
@click.argument("kg", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Compare every file with its checksum.")
@click.option(
    "--top", type=click.IntRange(0), default=10, show_default=True, help="Relations to list, the most frequent first."
)
@as_json
def info(kg: Path, verify: bool, top: int, as_json: bool) -> None:
    """Say what a knowledge graph holds.

    \b
    Example:
      kbert kg info kg --verify
    """
    from graphs.knowledge import KnowledgeGraph
    from graphs.summary import summarise

    summary = summarise(KnowledgeGraph.open(kg, verify=verify))
    if as_json:
        console.print_json(summary)
        return
    console.counts_table(str(kg), {name: value for name, value in summary.items() if isinstance(value, int | float)})
    rows = [(name, text, f"{count:,}") for name, text, count in summary["relations_by_count"][:top]]
    console.table("relations", ("relation", "text", "triples"), rows, right=(2,))


@kbert_command("show")
@click.argument("entity")
@click.option("--kg", required=True, type=click.Path(path_type=Path), help="Folder of the knowledge graph.")
@click.option("--top", type=click.IntRange(0), default=20, show_default=True, help="Facts to show on each side.")
@as_json
def show(entity: str, kg: Path, top: int, as_json: bool) -> None:
    """Show an entity by its name, or by a label or alias: texts, facts, and what is said about it.

    \b
    Example:
      kbert kg show Beijing --kg kg
    """
    from graphs.knowledge import KnowledgeGraph
    from graphs.summary import describe

    found = describe(KnowledgeGraph.open(kg), entity)
    if as_json:
        console.print_json(found)
        return
    for one in found:
        _print_entity(one, top)


def _print_entity(one: dict[str, Any], top: int) -> None:
    """Name, texts and facts of an entity."""
    console.line(one["label"] if one["label"] == one["name"] else f"{one['label']} ({one['name']})", style="bold")
    if one["description"]:
        console.line(one["description"])
    if one["aliases"]:
        console.line(f"also: {', '.join(one['aliases'])}")
    rows = [("→", *fact) for fact in one["facts"][:top]] + [("←", *fact) for fact in one["facts_about"][:top]]
    left = max(0, len(one["facts"]) - top) + max(0, len(one["facts_about"]) - top)
    title = "facts" + (f" ({left:,} more)" if left else "")
    console.table(title, ("", "relation", "entity", "split"), rows)


for subcommand in (import_, info, show, embed):
    command.add_command(subcommand)
