"""What a person sees: progress on standard error, results on standard output.

Text from users' data is never read as markup.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

PLAIN_EVERY = 10.0
"""Seconds between lines of progress where there is no terminal."""


def say(message: str, *, quiet: bool = False) -> None:
    """A notice for the person, on standard error."""
    if not quiet:
        click.echo(message, err=True)


def print_json(value: Any) -> None:
    """The result for a program, on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def stdout() -> "Console":
    """Standard output for tables; as wide as the terminal, or 100 columns."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, width=None if sys.stdout.isatty() else 100)


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a table; the columns numbered in ``right`` are flush right."""
    from rich.table import Table
    from rich.text import Text

    made = Table()
    for i, name in enumerate(header):
        made.add_column(Text(name), justify="right" if i in right else "left")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    screen = stdout()
    screen.print(Text(title, style="italic"))
    screen.print(made)


class Bar:
    """A bar that moves, or a plain line now and then where there is no terminal."""

    def __init__(self, name: str, total: float | None, progress: "Progress | None", quiet: bool) -> None:
        self._name, self._total, self._progress, self._quiet = name, total, progress, quiet
        self._task = None if progress is None else progress.add_task(name, total=total, note="")
        self._done, self._said = 0.0, time.monotonic()

    def update(self, done: float, note: str = "", total: float | None = None) -> None:
        """So much is done (all in all)."""
        self._done, self._total = done, total or self._total
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=self._total, note=note)
        elif not self._quiet and time.monotonic() - self._said >= PLAIN_EVERY:
            self._said = time.monotonic()
            of = f"/{self._total:,.0f}" if self._total else ""
            click.echo(f"{self._name} {done:,.0f}{of} {note}".rstrip(), err=True)

    def advance(self, step: float, note: str = "") -> None:
        """So much more is done."""
        self.update(self._done + step, note)


@contextmanager
def bar(name: str, total: float | None = None, *, quiet: bool = False) -> Iterator[Bar]:
    """Progress of one job, with speed and time left."""
    if quiet or not sys.stderr.isatty():
        yield Bar(name, total, None, quiet)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Bar(name, total, progress, quiet)


def number(value: float) -> str:
    """A count with thousands set apart, a share with four places."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def counts_table(title: str, counts: Mapping[str, Any]) -> None:
    """Print names and numbers."""
    table(title, ("", ""), [(name.replace("_", " "), number(value)) for name, value in counts.items()], right=(1,))
