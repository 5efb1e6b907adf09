"""What commands that read texts have in common: format, columns, and how files are named."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.parts import Slot

if TYPE_CHECKING:
    from graphs.pipeline import Texts


def _guess_format(args: list[str]) -> list[str]:
    """The format of the first file among the arguments."""
    from graphs.errors import DataError
    from graphs.reading import guess

    for argument in args:
        if not argument.startswith("-") and Path(argument).is_file():
            try:
                return [guess("graphs.corpora", argument)]
            except DataError:
                continue
    return []


FORMAT = Slot("format", "graphs.corpora", "read", skip=("bad", "columns"), guess=_guess_format)

COLUMNS = click.option(
    "--columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="Which column holds a field: text=sentence,target=label; repeat or part with commas.",
)


def texts_of(
    files: tuple[str, ...],
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    apart_from: tuple[str, ...] = (),
    limit: int | None = None,
) -> "Texts":
    """The files as the library wants them. Raises ``click.UsageError`` for columns of another form."""
    from graphs.pipeline import Texts
    from graphs.reading import guess
    from graphs.recipe import Part

    part = None
    if format is not None:
        part = Part(format, format_options[format])
    elif format_options:
        name, options = next(iter(format_options.items()))
        others = [file for file in files if file != "-" and guess("graphs.corpora", file) != name]
        if not others:
            part = Part(name, options)
    named = {}
    for pair in (pair for option in columns for pair in option.split(",")):
        field, sign, column = pair.partition("=")
        if not sign or not field or not column:
            raise click.UsageError(f"--columns takes FIELD=NAME, not {pair!r}")
        named[field.strip()] = column.strip()
    return Texts(tuple(files), part, named, tuple(apart_from), limit)
