"""Behaviour graphs on the terminal: what one holds, and what it says of a user."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cli import console
from cli.command import options_of_parts
from cli.options import refuse_idle

if TYPE_CHECKING:
    from graphs.behaviour import BehaviourGraph

FIRST = ("users", "items", "events", "friends")
"""Counts that come first."""

LONGEST = 200
"""Events of a user that are listed at most, unless all are asked for."""


def show_behaviour(graph: "BehaviourGraph", user: str | None, *, whole: bool, as_json: bool) -> None:
    """Show one user, or where none is named what the graph holds.

    Raises ``click.UsageError`` for options of ``kbert graph show`` that are for text graphs.
    """
    of_texts = ("name", "number", "encoder", *options_of_parts())
    refuse_idle(dict.fromkeys(of_texts, f"is for text graphs, and {graph.folder} holds behaviour"))
    if user is None:
        from graphs.behaviour_summary import summarise

        refuse_idle({"whole": "lists every event of a user: name one with --user"})
        summary = summarise(graph)
        if as_json:
            console.print_json(summary)
        else:
            print_summary(str(graph.folder), summary)
        return
    from kbert.behaviour.about_user import about_user

    about = about_user(graph, user)
    if as_json:
        console.print_json(about)
    else:
        _print_user(about, len(about["events"]) if whole else LONGEST)


def print_summary(title: str, summary: Mapping[str, Any]) -> None:
    """Tables of what :func:`graphs.behaviour_summary.summarise` gives."""
    files = [(one["name"], _held(one["holds"])) for one in summary["files"] if one["holds"]]
    if files:
        console.table("files", ("", "what they hold"), files)
    counts = {name: summary["counts"][name] for name in FIRST} | summary["counts"]
    tied = counts.pop("tied_last")
    counts.pop("median_events")  # which the quantiles tell as the number of events that a user has
    rows = [(name.replace("_", " "), console.number(n)) for name, n in counts.items() if n or name in FIRST]
    rows += [("density: pairs of user and item with an event", f"{100 * summary['density']:.3g}%")]
    rows += [
        (f"events per user, {share} quantile", console.number(count))
        for share, count in summary["events_per_user"].items()
    ]
    rows += [
        ("of users with 3 events or more, last event tied in time", "none such" if tied is None else f"{tied:.1%}")
    ]
    console.table(title, ("", ""), rows, right=(1,))
    if summary["attributes"]:
        known = [
            (one["name"], one["kind"], f"{one['known']:.1%}", f"{one['categories']:,}" if one["categories"] else "")
            for one in summary["attributes"]
        ]
        console.table("attributes of users", ("", "kind", "known", "categories"), known, right=(2, 3))


def _held(holds: Mapping[str, int]) -> str:
    """What a file held, in words."""
    words = {"users": "attributes of {} users", "items": "what {} items are", "friends": "{} pairs of friends"}
    return ", ".join(words.get(name, f"{{}} {name}").format(f"{count:,}") for name, count in holds.items())


def _print_user(about: Mapping[str, Any], most: int) -> None:
    """The last ``most`` events of a user, below what is known of him."""
    told = [(name, value if isinstance(value, str) else f"{value:g}") for name, value in about["attributes"].items()]
    console.table(about["user"], ("", ""), [*told, ("friends", ", ".join(about["friends"]) or "none")])
    events = about["events"]
    left = max(0, len(events) - most)
    columns = [
        "item",
        "label",
        *(name for name in ("time", "value") if any(name in event for event in events)),
        "split",
    ]
    rows = [
        (str(place), *(_cell(event, column) for column in columns))
        for place, event in enumerate(events[left:], left + 1)
    ]
    right = tuple(place for place, column in enumerate(columns, 1) if column in ("time", "value"))
    console.table(f"{len(events):,} events", ("", *columns), rows, right=(0, *right))
    if left:
        console.line(f"… and {left:,} before them (--all shows them)")


def _cell(event: Mapping[str, Any], column: str) -> str:
    """What stands in a column of an event; a time as a date, where it is one."""
    value = event.get("date") if column == "time" and "date" in event else event.get(column, "")
    return str(value) if isinstance(value, str) else f"{value:.12g}"
