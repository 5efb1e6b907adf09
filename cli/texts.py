"""What commands that read texts have in common: format, columns, and how files are named."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import named_format
from cli.parts import Slot, options_of

if TYPE_CHECKING:
    from graphs.corpus import Corpus
    from graphs.texts import Texts

STDIN = "-"
STDIN_FORMAT = "txt"


def _format_of(file: str) -> str:
    """The format that a file's name tells. Raises ``DataError`` if it tells none."""
    from graphs.reading import guess

    return STDIN_FORMAT if file == STDIN else guess("graphs.corpora", file)


FORMAT = Slot("format", "graphs.corpora", "read", skip=("bad", "columns"), files="texts", guess=_format_of)

FORMAT_OPTION = named_format(
    "Format of the files (kbert list corpora); else guessed from their names, txt for standard input (-)."
)

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
    """The files as the library wants them.

    Files of several formats are each read by its own; options, which are those of one format, and
    standard input then need it to be named. Raises ``click.UsageError`` where it is not, and for
    columns of another form.
    """
    from graphs.rooms import Part
    from graphs.texts import Texts

    if (*files, *apart_from).count(STDIN) > 1:
        raise click.UsageError("standard input (-) can be read once")
    formats = {format} if format is not None else {_format_of(file) for file in (*files, *apart_from)}
    part = None
    if len(formats) == 1:
        name = formats.pop()
        part = Part(name, format_options[name])
    elif STDIN in (*files, *apart_from) or not all_default(format_options):
        raise click.UsageError(
            f"the files are of several formats ({', '.join(sorted(formats))}): with options, or with standard "
            f"input, name one with --format"
        )
    return Texts(tuple(files), part, named(columns), tuple(apart_from), limit)


def all_default(format_options: dict[str, dict[str, Any]]) -> bool:
    """Whether every option of the formats has its default, so that none would be lost."""
    return all(
        option.default == options[option.name]
        for name, options in format_options.items()
        for option in options_of(FORMAT, name)
    )


def named(columns: Sequence[str]) -> dict[str, str]:
    """The column of each field. An empty column is one that is not to be read."""
    named: dict[str, str] = {}
    for pair in (pair for option in columns for pair in option.split(",")):
        field, sign, column = (piece.strip() for piece in pair.partition("="))
        if not sign or not field:
            raise click.UsageError(f"--columns takes FIELD=NAME, not {pair!r}")
        if field in named:
            raise click.UsageError(f"--columns names the column of {field!r} twice")
        named[field] = column
    return named


def graphs_of(texts: tuple[str, ...], what: str, **reading: object) -> "Corpus | None":
    """The text graphs in a folder; None for files, for which alone the options of ``reading`` are.

    Raises ``click.UsageError`` for a folder beside others, and for one with such an option; ``what`` the command does.
    """
    from graphs.corpus import Corpus

    folder = next((text for text in texts if Path(text).is_dir()), None)
    if folder is None:
        return None
    if len(texts) > 1:
        raise click.UsageError(f"{folder} is a folder: {what} one folder of text graphs, or files")
    if any(reading.values()):
        *others, last = (f"--{name}" for name in reading)
        raise click.UsageError(f"{folder} is a folder of text graphs: {', '.join(others)} and {last} are for files")
    return Corpus.open(folder)
