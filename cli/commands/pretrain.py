"""Pre-train an encoder on text graphs, or a recommender on behaviour, for other trainings to begin with."""

import click

from cli import pretrainings, recommenders
from cli.parts import summary_of
from cli.pretrainings import PRETRAINING
from cli.recommenders import RECOMMENDER
from graphs import rooms

KINDS = (
    ("Ways to pre-train encoders", PRETRAINING, pretrainings.pretraining_of),
    ("Recommenders of items", RECOMMENDER, recommenders.pretraining_of),
)
"""A title for the help, where its parts are, and what makes the command of one."""


class Pretrainings(click.Group):
    """Each file in ``kbert/pretrainings`` and ``kbert/recommenders`` is a subcommand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every way to pre-train."""
        return [name for _, slot, _ in KINDS for name in rooms.names(slot.room)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """The command of one."""
        found = next((make for _, slot, make in KINDS if name in rooms.names(slot.room)), pretrainings.pretraining_of)
        try:
            return found(name)
        except rooms.UnknownPartError as error:
            raise click.UsageError(str(error), ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name and first line of each."""
        for title, slot, _ in KINDS:
            with formatter.section(title):
                formatter.write_dl([(name, summary_of(slot.room, name)) for name in rooms.names(slot.room)])


@click.command(cls=Pretrainings)
def command() -> None:
    """Pre-train an encoder on text graphs, or a recommender on behaviour, for other trainings to begin with.

    \b
    Example:
      kbert pretrain bert --encoder bert-base-uncased \\
          --train graphs/train -o runs/words
      kbert train bert --task classify --encoder runs/words \\
          --train graphs/train -o runs/bert
    """
