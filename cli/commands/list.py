"""List the parts there are, room by room."""

from typing import Any

import click

from cli import console, facts, graph_behaviour, texts
from cli.command import command as kbert_command
from cli.graph_build import LINKER, PARSER
from cli.kg_embed import METHOD
from cli.models import MODEL, TASK
from cli.options import as_json
from cli.parts import Slot, options_of, summary_of
from cli.pretrainings import PRETRAINING
from cli.recommenders import RECOMMENDER
from cli.retrievers import RETRIEVER
from cli.scorers import SCORER
from graphs import rooms

ROOMS = {
    "formats": facts.FORMAT,
    "corpora": texts.FORMAT,
    "behaviours": graph_behaviour.FORMAT,
    "parsers": PARSER,
    "linkers": LINKER,
    "engines": Slot("engine", "graphs.engines", "run", skip=("workers",)),
    "models": MODEL,
    "tasks": TASK,
    "pretrainings": PRETRAINING,
    "scorers": SCORER,
    "retrievers": RETRIEVER,
    "recommenders": RECOMMENDER,
    "methods": METHOD,
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
    found = {name: _parts(slot) for name, slot in ROOMS.items() if room in (None, name)}
    if as_json:
        console.print_json(found)
        return
    for name, parts in found.items():
        rows = [
            (part, about["what"], " ".join(f"--{option.replace('_', '-')}" for option in about["options"]))
            for part, about in parts.items()
        ]
        console.table(name, ("name", "what it is", "options"), rows)


def _parts(slot: Slot) -> dict[str, Any]:
    """What each part of a room is, and its options with their defaults."""
    return {
        part: {
            "what": summary_of(slot.room, part),
            "options": {option.name: option.default for option in options_of(slot, part)},
        }
        for part in rooms.names(slot.room)
    }
