"""Building text graphs, under ``kbert graph``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.options import as_json, out, quiet, seed, skip_bad
from cli.parts import Slot
from cli.texts import COLUMNS, FORMAT, FORMAT_OPTION, texts_of

LINKER = Slot("linker", "graphs.linkers", "Linker")
PARSER = Slot("parser", "graphs.parsers", "Parser")


@kbert_command("build", slots=[FORMAT, PARSER, LINKER])
@click.argument("texts", nargs=-1, required=True, metavar="FILE...")
@out("Folder of the text graphs.")
@click.option("--kg", type=click.Path(), help="Folder of the knowledge graph (kbert kg import).")
@click.option(
    "--linker",
    "linker",
    multiple=True,
    metavar="NAME",
    help="How mentions are found (kbert list linkers); repeat for several.",
)
@click.option(
    "--parser",
    "parser",
    default="words",
    show_default=True,
    metavar="NAME",
    help="How texts are cut into tokens (kbert list parsers).",
)
@FORMAT_OPTION
@COLUMNS
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Take the first N texts only.")
@click.option(
    "--apart-from",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="Leave out texts that contain a text of this file or lie inside one.",
)
@click.option(
    "--facts",
    type=click.Choice(["own", "shuffled", "none"]),
    default="own",
    show_default=True,
    help="Facts that graphs carry; shuffled is the control: facts of equal length change places among entities.",
)
@click.option(
    "--facts-per-entity",
    type=click.IntRange(0),
    default=16,
    show_default=True,
    help="Facts of an entity that a graph carries at most.",
)
@click.option(
    "--facts-order",
    type=click.Choice(["file", "weight", "rare", "context"]),
    default="file",
    show_default=True,
    help="Which facts come first.",
)
@click.option(
    "--inverse-facts/--no-inverse-facts",
    default=False,
    show_default=True,
    help="Let entities have facts they are the tail of.",
)
@click.option("--workers", "-j", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option(
    "--engine", default="local", show_default=True, metavar="NAME", help="What runs them (kbert list engines)."
)
@click.option(
    "--part-size", type=click.IntRange(1), default=10_000, show_default=True, help="Texts in one part on disk."
)
@click.option("--overwrite", is_flag=True, help="Replace the graphs in the folder.")
@seed
@skip_bad
@as_json
@quiet
def build(
    texts: tuple[str, ...],
    out: Path,
    kg: str | None,
    linker: tuple[str, ...],
    linker_options: dict[str, dict[str, Any]],
    parser: str,
    parser_options: dict[str, dict[str, Any]],
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    limit: int | None,
    apart_from: tuple[str, ...],
    facts: str,
    facts_per_entity: int,
    facts_order: str,
    inverse_facts: bool,
    workers: int,
    engine: str,
    part_size: int,
    overwrite: bool,
    seed: int,
    skip_bad: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Parse texts, link them to a knowledge graph, and write them as graphs with the facts of their entities.

    A build that was killed goes on where it was when the same command is run again.

    \b
    Examples:
      kbert graph build train.tsv --kg kg --linker dictionary -o graphs/train
      kbert graph build reviews.csv --columns text=body,target=stars \\
          -o graphs/reviews
      kbert graph build news.txt --parser spacy --kg kg --linker spacy \\
          -o graphs/news
      kbert graph build zh.tsv --parser characters --kg hownet \\
          --linker dictionary -o graphs/zh
    """
    from graphs.errors import Skipped
    from graphs.pipeline import build_corpus
    from graphs.recipe import Recipe
    from graphs.rooms import Part

    recipe = Recipe.of(
        Part(parser, parser_options[parser]),
        tuple(Part(name, linker_options[name]) for name in linker),
        kg,
        facts=facts,
        facts_per_entity=facts_per_entity,
        facts_order=facts_order,
        inverse_facts=inverse_facts,
        seed=seed,
    )
    bad = Skipped(skip_bad)
    with _telling(out) as on_kept, console.bar("texts", quiet=quiet) as bar:
        corpus = build_corpus(
            texts_of(texts, format, format_options, columns, apart_from, limit),
            recipe,
            out,
            workers=workers,
            engine=engine,
            part_size=part_size,
            overwrite=overwrite,
            bad=bad,
            on_part=lambda counts: bar.update(counts.graphs, f"linked {counts.linked_share:.1%}"),
            on_kept=on_kept,
        )
    for error in bad.errors:
        console.say(f"skipped {error}")
    counts = corpus.manifest["counts"]
    if as_json:
        console.print_json({"out": str(out), "counts": counts, "skipped": [str(error) for error in bad.errors]})
    else:
        _print_counts(out, counts)


@contextmanager
def _telling(out: Path) -> Iterator[Callable[[int], None]]:
    """What hears of the finished parts that a failed build leaves; the person hears when the progress is gone."""
    kept: list[int] = []
    try:
        yield kept.append
    finally:
        for parts in kept:
            console.say(f"finished parts are kept beside {out} ({parts:,}): run the same command again to go on")


def _print_counts(out: Path, counts: dict[str, Any]) -> None:
    """What was built, in the order in which it came about."""
    from graphs.build import BuildCounts

    order = [field.name for field in fields(BuildCounts) if field.name in counts]
    shown = {name: counts[name] for name in (*order, *sorted(counts.keys() - {*order, "linked_share"}))}
    rows = [(name.replace("_", " "), console.number(value)) for name, value in shown.items()]
    rows.append(("linked share", f"{counts['linked_share']:.1%}"))
    console.table(str(out), ("", ""), rows, right=(1,))
