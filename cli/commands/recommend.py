"""Ask a run on behaviour which items come next for users."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import console
from cli.command import command as kbert_command
from cli.lines import destination, writer
from cli.options import out
from graphs.json_text import json_text

if TYPE_CHECKING:
    from kbert.recommender_runs import RecommenderRun


@kbert_command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("users", required=False, metavar="[FILE]")
@click.option("--user", "named", multiple=True, metavar="NAME", help="A user of the behaviour graph; repeat for more.")
@click.option("--items", metavar="A,B,C", help="The items of a user in their order, who need not be known.")
@click.option("-k", "most", type=click.IntRange(1), default=10, show_default=True, help="Items for each user.")
@click.option("--seen", is_flag=True, help="Recommend items that the user had before, too.")
@click.option("--behaviour", type=click.Path(), help="Where the behaviour graph is, if not where it was.")
@out("File to write JSON lines to, instead of standard output.", required=False)
@click.option("--overwrite", is_flag=True, help="Replace the file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines instead of a table.")
def command(
    run: Path,
    users: str | None,
    named: tuple[str, ...],
    items: str | None,
    most: int,
    seen: bool,
    behaviour: str | None,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Say which items come next for users: of the graph by name (FILE has one a line), or with these items.

    \b
    Examples:
      kbert recommend runs/uprec --user ada -k 5
      kbert recommend runs/uprec --items b1,b2,b7
      kbert recommend runs/uprec users.txt -o recommended.jsonl
    """
    from kbert.recommender_runs import RecommenderRun

    if (users is not None) + bool(named) + (items is not None) != 1:
        raise click.UsageError("name users with --user or in a FILE, or give --items: one of the three")
    file = destination(out, overwrite=overwrite, reads=() if users is None else (users,))
    opened = RecommenderRun(run)
    if items is not None:
        asked = [("", [name.strip() for name in items.split(",") if name.strip()])]
    else:
        asked = list(_histories(opened, named if users is None else _lines(users), behaviour))
    answers = zip(asked, opened.recommend([history for _, history in asked], most=most, seen=seen), strict=True)
    if file is None and not as_json:
        for (user, _), found in answers:
            rows = [(str(place), one.item, one.label, f"{one.score:.4f}") for place, one in enumerate(found, 1)]
            console.table(user or "recommended", ("", "item", "label", "score"), rows, right=(0, 3))
        return
    with writer(file) as write:
        for (user, history), found in answers:
            told = [one._asdict() for one in found]
            write(json_text({**({"user": user} if user else {}), "history": len(history), "items": told}))


def _lines(path: str) -> Iterator[str]:
    from graphs.lines import lines

    return (line.strip() for _, line in lines(path) if line.strip())


def _histories(
    run: "RecommenderRun", users: "Iterator[str] | tuple[str, ...]", behaviour: str | None
) -> Iterator[tuple[str, list[str]]]:
    """The items of users of the graph. Raises :class:`OptionsError` for a name that it does not have."""
    from graphs.errors import OptionsError, did_you_mean

    graph = run.behaviour(behaviour)
    number = {name: place for place, name in enumerate(graph.users)}
    for name in users:
        if name not in number:
            hint = did_you_mean(name, graph.users)
            raise OptionsError(f"{graph.folder} has no user {name!r}{hint}; with --items none need be known")
        place = number[name]
        yield name, [graph.items[item] for item in graph.item[graph.offsets[place] : graph.offsets[place + 1]]]
