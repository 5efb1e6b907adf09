"""What trainings on text graphs have in common on the command line: where the texts are, and what is told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli import console
from cli.options import Option
from cli.results import cut_rows, linked_rows
from cli.training import summary_rows

TEXTS: list[Option] = [
    click.option("--train", required=True, type=click.Path(), help="Text graphs to learn from (kbert graph build)."),
    click.option("--dev", type=click.Path(), help="Text graphs that choose the best epoch."),
]


def check_patience(settings: Mapping[str, Any], dev: str | None) -> None:
    """Raise :class:`OptionsError` for ``--patience`` without dev."""
    from graphs.errors import OptionsError

    if settings["patience"] and dev is None:
        raise OptionsError("--patience waits for a better dev, so it needs --dev")


def show_training(out: Path, result: Mapping[str, Any]) -> None:
    """Print the figures on dev, what was linked and what was cut, and how the figures were come by."""
    rows = summary_rows(dict(result))
    rows += linked_rows(result["linked_share"], " of train")
    for data, cut in result["cut"].items():
        rows += cut_rows(cut, f" in {data}")
    console.table(str(out), ("", ""), rows, right=(1,))
    if "protocol" in result:
        console.line(result["protocol"])
