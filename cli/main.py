"""The ``kbert`` command. A subcommand is one file in ``cli/commands`` with one ``command``."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from cli import console
from cli.command import DEBUG, note_debug
from cli.room_commands import RoomCommands
from graphs import rooms
from graphs.errors import DataError, OptionsError, UnavailableError

COMMANDS = "cli.commands"
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


class Failure(click.ClickException):
    """Something is wrong with the data: one sentence, exit code 1."""

    def format_message(self) -> str:
        """One line, in which nothing steers the terminal."""
        return console.plain(" ".join(self.message.splitlines()))


class Misuse(Failure):
    """Something is wrong with the command line: one sentence, exit code 2."""

    exit_code = 2


@contextmanager
def in_a_sentence(ctx: click.Context | None) -> Iterator[None]:
    """Turn errors into a sentence and an exit code: 2 for the command line, 1 for data.

    With ``--debug`` errors go through as they are, traceback and all.
    """
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise Misuse(error.format_message() + _where_help_is(error)) from error
    except (OptionsError, rooms.UnknownPartError) as error:
        _raise_if_debugging(ctx)
        raise Misuse(str(error)) from error
    except (DataError, UnavailableError) as error:
        _raise_if_debugging(ctx)
        raise Failure(str(error)) from error
    except OSError as error:
        if error.errno == errno.EPIPE:  # the reader of our output has gone; Click ends in peace
            raise
        _raise_if_debugging(ctx)
        raise Failure(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from error


def _where_help_is(error: click.UsageError) -> str:
    return f" (see {error.ctx.command_path} --help)" if error.ctx is not None else ""


def _raise_if_debugging(ctx: click.Context | None) -> None:
    if ctx is not None and ctx.meta.get(DEBUG):
        raise


class Commands(RoomCommands):
    """All subcommands; whatever goes wrong in one is told in a sentence."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Parse the arguments before the subcommand."""
        with in_a_sentence(None):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Parse the rest and call the subcommand."""
        try:
            with in_a_sentence(ctx):
                return super().invoke(ctx)
        except KeyboardInterrupt:
            _raise_if_debugging(ctx)
            console.say("stopped")
            ctx.exit(INTERRUPTED)


@click.command(
    cls=Commands, room=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option("--debug", is_flag=True, expose_value=False, callback=note_debug, help="Show the traceback of an error.")
@click.version_option(package_name="kbert")
def group() -> None:
    """Teach language models with knowledge and structure.

    \b
    A corpus and a knowledge graph in, an enhanced model out:
      kbert kg import facts.tsv -o kg
      kbert graph build train.tsv --kg kg --linker dictionary -o graphs/train
      kbert train kbert --task classify --encoder bert-base-uncased \\
          --train graphs/train --dev graphs/dev -o runs/kbert
      kbert predict runs/kbert new.txt
    """


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that is not UTF-8 is no reason to fail
    sys.exit(group(prog_name="kbert"))
