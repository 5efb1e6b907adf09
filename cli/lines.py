"""Lines of output: in a file that is there whole or not at all, or on standard output."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cli import console

STDOUT = "-"


def destination(out: Path | None, *, overwrite: bool, reads: Iterable[str | Path] = ()) -> Path | None:
    """The file to write to; None for standard output.

    Raises :class:`graphs.errors.OptionsError` for ``overwrite`` without a file, and what
    :func:`graphs.files.check_free_file` raises; ``reads`` are the files that are read.
    """
    from graphs.errors import OptionsError
    from graphs.files import check_free_file

    if out is None or str(out) == STDOUT:
        if overwrite:
            raise OptionsError("--overwrite replaces a file: name one with --out")
        return None
    check_free_file(out, overwrite=overwrite, reads=reads)
    return out


@contextmanager
def writer(file: Path | None) -> Iterator[Callable[[str], None]]:
    """What takes the lines for a file, or for standard output."""
    from graphs.files import replace_file

    if file is None:
        yield print_line
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(file) as beside, beside.open("w", encoding="utf-8") as opened:
        yield lambda line: print(line, file=opened)


def print_line(line: str) -> None:
    """Write a line to standard output: as it is, or what a terminal can be shown of it."""
    # Without color=True escape sequences would be cut out of users' data on their way into a pipe.
    click.echo(harmless(line) if sys.stdout.isatty() else line, color=True)


def harmless(line: str) -> str:
    """A line for a terminal, in which nothing but the tabs between cells steers it."""
    return "\t".join(map(console.plain, line.split("\t")))
