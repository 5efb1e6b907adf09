"""List the parts there are: linkers, parsers, formats, models, tasks."""

import click

from cli import console
from cli.command import as_json
from cli.command import command as kbert_command
from cli.parts import Slot, options_of, summary_of
from graphs import rooms

ROOMS = {
    "formats": Slot("format", "graphs.formats", "read", skip=("bad",)),
    "corpora": Slot("format", "graphs.corpora", "read", skip=("bad", "columns")),
    "parsers": Slot("parser", "graphs.parsers", "Parser"),
    "linkers": Slot("linker", "graphs.linkers", "Linker"),
    "engines": Slot("engine", "graphs.engines", "run", skip=("workers",)),
    "models": Slot("model", "kbert.models", "Model"),
    "tasks": Slot("task", "kbert.tasks", "Head"),
}


@kbert_command()
@click.argument("room", required=False, type=click.Choice(list(ROOMS)))
@as_json
def command(room: str | None, as_json: bool) -> None:
    """List the parts of a room (or of all) with their options.

    \b
    Example:
      kbert list linkers
    """
    found = {
        name: {
            part: {
                "what": summary_of(slot.room, part),
                "options": {option.name: option.default for option in options_of(slot, part)},
            }
            for part in rooms.names(slot.room)
        }
        for name, slot in ROOMS.items()
        if room in (None, name)
    }
    if as_json:
        console.print_json(found)
        return
    for name, parts in found.items():
        rows = [
            (part, about["what"], " ".join(f"--{option.replace('_', '-')}" for option in about["options"]))
            for part, about in parts.items()
        ]
        console.table(name, ("name", "what it is", "options"), rows)
