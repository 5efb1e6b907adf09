"""Building behaviour graphs, under ``kbert graph``."""

from pathlib import Path
from typing import Any

import click

from cli import console
from cli.behaviour_graphs import print_summary
from cli.command import command as kbert_command
from cli.options import as_json, named_format, out, quiet, skip_bad
from cli.parts import Slot
from cli.texts import COLUMNS, named


def _format_of(file: str) -> str:
    """The format that a file's name tells. Raises ``DataError`` if it tells none."""
    from graphs.reading import guess

    return guess("graphs.behaviours", file)


FORMAT = Slot("format", "graphs.behaviours", "read", skip=("bad", "columns"), files="sources", guess=_format_of)


@kbert_command("behaviour", slots=[FORMAT])
@click.argument("sources", nargs=-1, required=True, metavar="FILE...")
@out("Folder of the behaviour graph.")
@named_format("Format of the files (kbert list behaviours); else guessed from their names.")
@COLUMNS
@click.option(
    "--core",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Leave out users and items with fewer events, again and again until all have so many.",
)
@click.option(
    "--min-length", type=click.IntRange(0), default=0, show_default=True, help="Then leave out users with fewer events."
)
@click.option(
    "--repeats",
    type=click.Choice(["keep", "first", "last"]),
    default="keep",
    show_default=True,
    help="Events of a user with an item that he had before.",
)
@click.option("--number", "numbers", multiple=True, metavar="ATTRIBUTE", help="An attribute that is a number.")
@click.option(
    "--category",
    "categories",
    multiple=True,
    metavar="ATTRIBUTE",
    help="An attribute that is a name, even where it looks like a number.",
)
@click.option("--ignore", multiple=True, metavar="ATTRIBUTE", help="An attribute to leave out.")
@click.option("--overwrite", is_flag=True, help="Replace the behaviour graph in the folder.")
@skip_bad
@as_json
@quiet
def behaviour(
    sources: tuple[str, ...],
    out: Path,
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    core: int,
    min_length: int,
    repeats: Any,
    numbers: tuple[str, ...],
    categories: tuple[str, ...],
    ignore: tuple[str, ...],
    overwrite: bool,
    skip_bad: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a graph of who did what with which item, and when.

    What a file holds is told by its columns: user and item hold events, user
    and friend who knows whom, user alone what is known of users, item and
    label what items are called, item and entity which entity of a knowledge
    graph an item is.

    \b
    Examples:
      kbert graph behaviour ratings.tsv users.tsv friends.tsv -o behaviour
      kbert graph behaviour ml-100k.inter ml-100k.user ml-100k.item \\
          --number age --ignore zip_code -o ml-100k
      kbert graph behaviour user_taggedartists.dat user_friends.dat \\
          --repeats first --core 5 -o lastfm
    """
    from graphs.behaviour_build import build_behaviour
    from graphs.behaviour_recipe import BehaviourRecipe
    from graphs.behaviour_summary import summarise
    from graphs.errors import Skipped
    from graphs.rooms import Part

    recipe = BehaviourRecipe(core, min_length, repeats, numbers, categories, ignore)
    parts = [(file, Part(name, format_options[name])) for file in sources for name in [format or _format_of(file)]]
    bad = Skipped(skip_bad)
    with console.bar("records", quiet=quiet) as bar:
        graph = build_behaviour(
            out, parts, recipe, columns=named(columns), overwrite=overwrite, bad=bad, on_records=bar.advance
        )
    for error in bad.errors:
        console.say(f"skipped {error}")
    if as_json:
        told = {"out": str(out), "files": summarise(graph)["files"]}
        told |= {name: graph.manifest[name] for name in ("counts", "attributes")}
        console.print_json({**told, "skipped": [str(error) for error in bad.errors]})
        return
    print_summary(str(out), summarise(graph))
