"""Lines of output: in a file that is there whole or not at all, or on standard output."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

STDOUT = "-"


def destination(out: Path | None, *, overwrite: bool) -> Path | None:
    """The file to write to; None for standard output.

    Raises :class:`graphs.errors.OptionsError` for a file that is there already, unless ``overwrite``.
    """
    from graphs.errors import OptionsError

    if out is None or str(out) == STDOUT:
        return None
    if out.exists() and not overwrite:
        raise OptionsError(f"{out} is there already: name another file, or pass --overwrite")
    return out


@contextmanager
def writer(file: Path | None) -> Iterator[Callable[[str], None]]:
    """What takes the lines for a file, or for standard output."""
    from graphs.files import replace_file

    if file is None:
        yield click.echo
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(file) as beside, beside.open("w", encoding="utf-8") as opened:
        yield lambda line: click.echo(line, file=opened)
