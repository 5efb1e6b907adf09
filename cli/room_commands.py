"""A group of commands that are files of a folder; one is imported only when it is called."""

from typing import Any

import click

from graphs import rooms


class RoomCommands(click.Group):
    """The subcommands are the parts of a room, each a file with one ``command``."""

    def __init__(self, *args: Any, room: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.room = room

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every file in the folder is a subcommand."""
        return rooms.names(self.room)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """Import the one subcommand that was asked for."""
        try:
            found: click.Command = rooms.find(self.room, name).command
        except rooms.UnknownPartError as error:
            raise click.UsageError(str(error), ctx) from error
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name and first line of each subcommand, read from its source: importing them all would take time."""
        from cli.parts import summary_of

        with formatter.section("Commands"):
            formatter.write_dl([(name, summary_of(self.room, name)) for name in self.list_commands(ctx)])
