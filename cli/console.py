"""What a person sees: progress on standard error, results on standard output.

Text from users' data is never read as markup, and nothing in it steers the terminal.
"""

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import click

from graphs.json_text import json_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

PLAIN_EVERY = 10.0
"""Seconds between lines of progress where there is no terminal."""

UNBOUNDED = 10_000
"""Columns of an output that is no terminal: nothing is wrapped there, unless COLUMNS says how wide it is."""

_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, line ends among them, and marks that turn the direction of text."""


def plain(text: str) -> str:
    r"""A text on one line, with what could steer a terminal written out.

    >>> print(plain("red: \x1b[31m"))
    red: \x1b[31m
    """
    return _STEERING.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def say(message: str, *, quiet: bool = False) -> None:
    """A notice for the person, on standard error."""
    if not quiet:
        click.echo(plain(message), err=True)


def named(record: Any) -> Any:
    """A dataclass, named tuple or list of such as JSON values, their fields by name."""
    if is_dataclass(record):
        return {field.name: named(getattr(record, field.name)) for field in fields(record)}
    if isinstance(record, tuple) and hasattr(record, "_asdict"):
        return {name: named(value) for name, value in record._asdict().items()}
    return [named(item) for item in record] if isinstance(record, tuple | list) else record


def print_json(value: Any) -> None:
    """The result for a program, on standard output."""
    click.echo(json_text(value, indent=2))


def _stdout() -> "Console":
    from rich.console import Console

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else UNBOUNDED
    return Console(markup=False, highlight=False, emoji=False, width=width)


def width() -> int:
    """Columns there are for a result."""
    return _stdout().width


def line(text: str, *, style: str = "") -> None:
    """Print one line of result; a terminal wraps it."""
    from rich.text import Text

    _stdout().print(Text(plain(text), style=style), soft_wrap=True)


def show(renderable: "RenderableType") -> None:
    """Print something of rich's. Text in it must have gone through :func:`plain`."""
    _stdout().print(renderable)


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a table; the columns numbered in ``right`` are flush right and not wrapped. Empty names make no header."""
    from rich.table import Table
    from rich.text import Text

    made = Table(show_header=any(header))
    for i, name in enumerate(header):
        made.add_column(Text(plain(name)), justify="right" if i in right else "left", no_wrap=i in right)
    for row in rows:
        made.add_row(*(Text(plain(cell)) for cell in row))
    line(title, style="italic")
    if rows:
        show(made)
    else:
        line("nothing")


class Bar:
    """A bar that moves, or a plain line now and then where there is no terminal."""

    def __init__(self, name: str, total: float | None, progress: "Progress | None", quiet: bool) -> None:
        self._name, self._total, self._progress, self._quiet = name, total, progress, quiet
        self._task = None if progress is None else progress.add_task(name, total=total, note="")
        self._done, self._begun, self._said = 0.0, time.monotonic(), time.monotonic()

    def update(self, done: float, note: str = "", total: float | None = None) -> None:
        """So much is done (all in all)."""
        self._done, self._total = done, total or self._total
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=self._total, note=note)
        elif not self._quiet and time.monotonic() - self._said >= PLAIN_EVERY:
            self._said = time.monotonic()
            click.echo(self._line(note), err=True)

    def _line(self, note: str) -> str:
        """Done, speed and time left, as a line."""
        rate = self._done / max(time.monotonic() - self._begun, 1e-9)
        of = f"/{self._total:,.0f}" if self._total else ""
        left = f", {(self._total - self._done) / rate:,.0f} s left" if self._total and rate else ""
        return f"{self._name} {self._done:,.0f}{of} ({speed(rate)}{left}) {note}".rstrip()

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
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else speed(task.speed))

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        Speed(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Bar(name, total, progress, quiet)


def speed(rate: float) -> str:
    """So many a second, or where that is too few, seconds for each."""
    return f"{rate:,.1f}/s" if rate >= 0.1 or not rate else f"{1 / rate:,.0f} s each"


def number(value: float) -> str:
    """A count with thousands set apart, a share with four places."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def counts_table(title: str, counts: Mapping[str, Any]) -> None:
    """Print names and numbers."""
    table(title, ("", ""), [(name.replace("_", " "), number(value)) for name, value in counts.items()], right=(1,))
