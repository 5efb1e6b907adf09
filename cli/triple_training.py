"""What trainings on triples have in common on the command line."""

from pathlib import Path
from typing import Any

import click

from cli import console
from cli.training import Option, summary_rows

KG: Option = click.option(
    "--kg", required=True, type=click.Path(), help="Knowledge graph to learn from (kbert kg import)."
)

ENTITY_TEXT: Option = click.option(
    "--entity-text",
    type=click.Choice(["label", "description", "both"]),
    default="label",
    show_default=True,
    help="What is read of an entity.",
)


def print_result(out: Path, result: dict[str, Any], *, as_json: bool) -> None:
    """What came of a training, and how many held-out triples were among those learnt."""
    if as_json:
        console.print_json(result)
        return
    leaked = [(f"{split} triples that train holds too", f"{count:,}") for split, count in result["leaks"].items()]
    console.table(str(out), ("", ""), [*summary_rows(result), *leaked], right=(1,))
