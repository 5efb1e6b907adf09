"""Read files of other programs, and write such: checkpoints, and vectors of entities."""

import click

from cli.room_commands import RoomCommands


@click.group(cls=RoomCommands, room="cli.conversions")
def command() -> None:
    """Files of other programs: what each subcommand reads or writes is in its help.

    \b
    Example:
      kbert convert vectors entity2vec.vec --names entity2id.txt -o vectors
    """
