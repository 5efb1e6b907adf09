"""The ``kbert`` command. A subcommand is one file in ``cli/commands`` with one ``command``."""

import os
import sys
from typing import Any

import click

from graphs import rooms
from graphs.errors import DataError, OptionsError, UnavailableError

COMMANDS = "cli.commands"


class Commands(click.Group):
    """Find subcommands in a folder and import one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every file in ``cli/commands`` is a subcommand."""
        return rooms.names(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """Import the one subcommand that was asked for."""
        try:
            found: click.Command = rooms.find(COMMANDS, name).command
        except rooms.UnknownPartError as error:
            raise click.UsageError(str(error), ctx) from error
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name and first line of each subcommand, read from its source: importing them all would take time."""
        from cli.parts import summary_of

        with formatter.section("Commands"):
            formatter.write_dl([(name, summary_of(COMMANDS, name)) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Say what is wrong in a sentence: exit code 2 for the command line, 1 for data; a traceback with --debug."""
        try:
            return super().invoke(ctx)
        except (OptionsError, rooms.UnknownPartError) as error:
            _raise_if_debugging(ctx)
            raise click.UsageError(str(error), ctx) from error
        except (DataError, UnavailableError, OSError) as error:
            _raise_if_debugging(ctx)
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            _raise_if_debugging(ctx)
            click.echo("stopped; run the same command again (trainings: with --resume) to go on", err=True)
            ctx.exit(130)


def _raise_if_debugging(ctx: click.Context) -> None:
    if ctx.params.get("debug"):
        raise


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="kbert")
def group(debug: bool) -> None:
    """Teach language models with knowledge and structure.

    \b
    A corpus and a knowledge graph in, an enhanced model out:
      kbert kg import facts.tsv -o kg
      kbert graph build train.tsv --kg kg --linker dictionary -o graphs/train
      kbert train kbert --task classify --train graphs/train --dev graphs/dev -o runs/kbert
      kbert predict runs/kbert new.txt
    """


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.exit(group(prog_name="kbert"))
