"""Ask a run on behaviour which items come next for users."""

from collections.abc import Iterable, Iterator
from itertools import tee
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import console
from cli.command import command as kbert_command
from cli.lines import destination, writer
from cli.options import out, quiet, refuse_idle, skip_bad
from graphs.json_text import json_text

if TYPE_CHECKING:
    from kbert.recommender_runs import Recommended, RecommenderRun

Asked = tuple[str, list[str]]
"""A user, whose name is empty where he has none, and his items."""


@kbert_command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("users", required=False, metavar="[FILE]")
@click.option("--user", "named", multiple=True, metavar="NAME", help="A user of the behaviour graph; repeat for more.")
@click.option(
    "--items", multiple=True, metavar="A,B,C", help="The items of a user in their order, who need not be known."
)
@click.option("-k", "most", type=click.IntRange(1), default=10, show_default=True, help="Items for each user.")
@click.option("--seen", is_flag=True, help="Recommend items that the user had before, too.")
@click.option("--behaviour", type=click.Path(), help="Where the behaviour graph is, if not where it was.")
@out("File to write JSON lines to, instead of standard output.", required=False)
@click.option("--overwrite", is_flag=True, help="Replace the file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines instead of a table.")
@skip_bad
@quiet
def command(
    run: Path,
    users: str | None,
    named: tuple[str, ...],
    items: tuple[str, ...],
    most: int,
    seen: bool,
    behaviour: str | None,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    skip_bad: int,
    quiet: bool,
) -> None:
    """Say which items come next for users: of the graph by name, or with these items.

    FILE (- is standard input) has a user a line: a name, or for anybody else
    an object such as {"user": "eve", "items": ["b1", "b2"]}. With user alone
    the object is about a user of the graph, as a name is.

    \b
    Examples:
      kbert recommend runs/uprec --user ada -k 5
      kbert recommend runs/uprec --items b1,b2,b7
      kbert recommend runs/uprec users.txt -o recommended.jsonl
    """
    from graphs.errors import Skipped
    from kbert.asked_users import histories
    from kbert.recommender_runs import RecommenderRun

    if (users is not None) + bool(named) + bool(items) != 1:
        raise click.UsageError("name users with --user or in a FILE, or give --items: one of the three")
    if users is None:
        refuse_idle({"skip_bad": "goes with a FILE"})
    if items:
        refuse_idle({"behaviour": "goes with users of the graph: --items say all that is asked"})
    file = destination(out, overwrite=overwrite, reads=() if users is None else (users,))
    opened, bad = RecommenderRun(run), Skipped(skip_bad)
    asked: Iterable[Asked]
    if items:
        asked = [("", _listed(items))]
    else:
        asked = (
            _named(opened, named, behaviour)
            if users is None
            else histories(opened, users, behaviour=behaviour, bad=bad)
        )
    asked, again = tee(asked)  # which holds no more than are answered together
    answers = zip(asked, opened.recommend((history for _, history in again), most=most, seen=seen), strict=True)
    answered = 0
    if file is None and not as_json:
        for (user, _), found in answers:
            _print(user, found)
            answered += 1
    else:
        with writer(file) as write, console.bar("users", quiet=quiet or file is None) as bar:
            for (user, history), found in answers:
                told = [one._asdict() for one in found]
                write(json_text({**({"user": user} if user else {}), "history": len(history), "items": told}))
                bar.advance(1)
                answered += 1
    for error in bad.errors:
        console.say(f"skipped {error}")
    if not answered and not bad.errors:
        console.say(f"{users} asks about nobody")


def _listed(items: tuple[str, ...]) -> list[str]:
    """The names of a list. Raises ``click.UsageError`` for several lists, and for one without a name."""
    names = [name.strip() for name in items[0].split(",")]
    if len(items) > 1:
        raise click.UsageError("--items are those of one user: many users go into a FILE")
    if not all(names):
        raise click.UsageError(f"--items: expected names parted by commas, found {items[0]!r}")
    return names


def _print(user: str, found: "list[Recommended]") -> None:
    rows = [(str(place), one.item, one.label, f"{one.score:.4f}") for place, one in enumerate(found, 1)]
    console.table(user or "recommended", ("", "item", "label", "score"), rows, right=(0, 3))


def _named(run: "RecommenderRun", users: tuple[str, ...], behaviour: str | None) -> Iterator[Asked]:
    """The items of users of the graph. Raises :class:`OptionsError` for a name that it does not have."""
    from graphs.errors import OptionsError
    from kbert.asked_users import items_of

    graph = run.behaviour(behaviour)
    for user in users:
        try:
            items = items_of(graph, user)
        except OptionsError as error:
            raise OptionsError(f"{error}; with --items none need be known") from error
        yield user, items
