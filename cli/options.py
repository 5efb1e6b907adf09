"""Options that several commands have, and the types of their values."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from graphs.options import LARGEST_SEED

F = TypeVar("F", bound=Callable[..., Any])
Option = Callable[[Callable[..., None]], Callable[..., None]]

as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")
quiet = click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
seed = click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), default=0, show_default=True, help="Seed of every random choice."
)
skip_bad = click.option(
    "--skip-bad",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Go on over up to N bad lines.",
)
other_kg = click.option(
    "--kg", type=click.Path(), help="Where the knowledge graph is, if not where it was; or another one to use."
)


def out(what: str, *, required: bool = True) -> Callable[[F], F]:
    """The option ``--out``/``-o``."""
    return click.option("--out", "-o", required=required, type=click.Path(path_type=Path), help=what)


def with_options(function: Callable[..., None], options: Sequence[Option]) -> Callable[..., None]:
    """A function under options, shown in their order."""
    for option in reversed(options):
        option(function)
    return function


def named_format(help: str) -> Callable[[F], F]:
    """The option ``--format``."""
    return click.option("--format", "format", metavar="NAME", help=help)


def refuse_idle(idle: Mapping[str, str]) -> None:
    """Raise ``click.UsageError`` for options that are given and would be without effect.

    ``idle`` says of the parameters of the current command by name why they would be.
    """
    ctx = click.get_current_context()
    for name, why in idle.items():
        if is_given(name):
            parameter = next(p for p in ctx.command.get_params(ctx) if p.name == name)
            raise click.UsageError(f"{max(parameter.opts, key=len)} {why}", ctx)


def is_given(name: str) -> bool:
    """Whether a parameter of the current command was said, on the command line or in a file."""
    return click.get_current_context().get_parameter_source(name) is not click.core.ParameterSource.DEFAULT


class Number(click.FloatRange):
    """A finite number, above ``min`` or from it on."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Refuse infinity and NaN too, which no range does."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


POSITIVE = Number(min=0, min_open=True)
NOT_NEGATIVE = Number(min=0)
