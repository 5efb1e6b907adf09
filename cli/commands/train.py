"""Train a model on text graphs, a scorer or retriever on a knowledge graph, or a recommender on behaviour."""

from collections.abc import Callable
from typing import NamedTuple

import click

from cli import models, recommenders, retrievers, scorers
from cli.models import MODEL
from cli.parts import Slot, summary_of
from cli.recommenders import RECOMMENDER
from cli.retrievers import RETRIEVER
from cli.scorers import SCORER
from graphs import rooms
from graphs.errors import did_you_mean


class Kind(NamedTuple):
    """What can be trained: a title for the help, where its parts are, and what makes the command of one."""

    title: str
    slot: Slot
    training_of: Callable[[str], click.Command]


KINDS = (
    Kind("Models of texts", MODEL, models.training_of),
    Kind("Scorers of triples", SCORER, scorers.training_of),
    Kind("Retrievers of entities", RETRIEVER, retrievers.training_of),
    Kind("Recommenders of items", RECOMMENDER, recommenders.training_of),
)


class Trainings(click.Group):
    """Each model of texts, scorer of triples, retriever of entities and recommender of items is a subcommand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every file in ``kbert/models``, ``kbert/scorers``, ``kbert/retrievers`` and ``kbert/recommenders``."""
        return [name for kind in KINDS for name in rooms.names(kind.slot.room)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """The training command of one of them."""
        try:
            return self._kind(ctx, name).training_of(name)
        except rooms.UnknownPartError as error:
            raise click.UsageError(str(error), ctx) from error

    def _kind(self, ctx: click.Context, name: str) -> Kind:
        """What a part is; a module outside is a model, or says the room it is for in ``ROOM``."""
        if "." in name:
            room = rooms.constant(KINDS[0].slot.room, name, "ROOM") or KINDS[0].slot.room
            homes = [kind for kind in KINDS if kind.slot.room == room]
            expected = f"ROOM to be one of {', '.join(kind.slot.room for kind in KINDS)}"
        else:
            homes = [kind for kind in KINDS if name in rooms.names(kind.slot.room)]
            known = self.list_commands(ctx)
            expected = f"one of {', '.join(known)}{did_you_mean(name, known)}"
        if not homes:
            raise rooms.UnknownPartError(f"nothing to train is called {name!r}: expected {expected}")
        return homes[0]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name and first line of each."""
        for kind in KINDS:
            with formatter.section(kind.title):
                room = kind.slot.room
                formatter.write_dl([(name, summary_of(room, name)) for name in rooms.names(room)])


@click.command(cls=Trainings)
def command() -> None:
    """Train a model on text graphs, a scorer or retriever on a knowledge graph, or a recommender on behaviour.

    \b
    Examples:
      kbert train kbert --task classify --encoder bert-base-uncased \\
          --train graphs/train --dev graphs/dev -o runs/kbert
      kbert train kgbert --kg kg --encoder bert-base-uncased -o runs/kgbert
    """
