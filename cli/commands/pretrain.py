"""Pre-train an encoder on text graphs, for other trainings to begin with."""

import click

from cli.parts import summary_of
from cli.pretrainings import PRETRAINING, pretraining_of
from graphs import rooms


class Pretrainings(click.Group):
    """Each file in ``kbert/pretrainings`` is a subcommand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every way to pre-train."""
        return rooms.names(PRETRAINING.room)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """The command of one."""
        try:
            return pretraining_of(name)
        except rooms.UnknownPartError as error:
            raise click.UsageError(str(error), ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name and first line of each."""
        with formatter.section("Ways to pre-train"):
            formatter.write_dl([(name, summary_of(PRETRAINING.room, name)) for name in self.list_commands(ctx)])


@click.command(cls=Pretrainings)
def command() -> None:
    """Pre-train an encoder on text graphs, for other trainings to begin with.

    \b
    Example:
      kbert pretrain bert --encoder bert-base-uncased \\
          --train graphs/train -o runs/words
      kbert train bert --task classify --encoder runs/words \\
          --train graphs/train -o runs/bert
    """
