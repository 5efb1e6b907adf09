"""The kind of command all of ours are: options from a TOML file, and options of the parts that were chosen."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from cli import config, parts
from cli.parts import Slot
from graphs import rooms


class Command(click.Command):
    """A command with ``--config FILE``, and with the options of the parts chosen in its ``slots``.

    Which parts are chosen is read from the arguments first (then from the file, then from the
    defaults), so that ``--linker spacy --help`` shows the options of that linker. An option that
    two chosen parts (or the command itself) want is called ``--linker-NAME``, ``--parser-NAME``.
    """

    def __init__(
        self, *args: Any, slots: Sequence[Slot] = (), fixed: dict[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.slots, self.fixed = list(slots), fixed or {}
        self.params.append(
            click.Option(
                ["--config"], type=click.Path(dir_okay=False), help="Read options from a TOML file (flat keys)."
            )
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Choose the parts, read the file, then parse as Click does."""
        path = _given(args, "--config")
        values = config.read(Path(path[-1])) if path else {}
        ctx.meta["chosen"] = {slot.name: self._chosen(slot, args, values) for slot in self.slots}
        try:
            parameters = self.get_params(ctx)
        except rooms.UnknownPartError as error:
            raise click.UsageError(str(error), ctx) from error
        if path:
            ctx.default_map = {**(ctx.default_map or {}), **config.checked(Path(path[-1]), values, parameters)}
        return super().parse_args(ctx, args)

    def _chosen(self, slot: Slot, args: list[str], values: dict[str, Any]) -> list[str]:
        if slot.name in self.fixed:
            return [self.fixed[slot.name]]
        named = _given(args, f"--{slot.name}") or values.get(slot.name)
        if named is None:
            option = next(p for p in self.params if p.name == slot.name)
            named = option.default if isinstance(option.default, str | list | tuple) else None
        if not named and slot.guess is not None and not {"--help", "-h"} & set(args):
            return slot.guess(args)
        return [named] if isinstance(named, str) else list(named or ())

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own parameters and those of the chosen parts."""
        own = super().get_params(ctx)
        taken = {parameter.name for parameter in own}
        found = self._part_options(ctx)
        names = [option.name for _, _, option in found]
        extra: list[click.Parameter] = []
        for slot, part, option in found:
            clash = option.name in taken or names.count(option.name) > 1
            extra.append(_click_option(slot, part, option, prefixed=clash))
        return own + extra

    def _part_options(self, ctx: click.Context) -> list[tuple[Slot, str, parts.PartOption]]:
        chosen: dict[str, list[str]] = ctx.meta.get("chosen", {})
        return [
            (slot, part, option)
            for slot in self.slots
            for part in chosen.get(slot.name, [])
            for option in parts.options_of(slot, part)
        ]

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command with the options of each chosen part gathered: ``linker_options={"dictionary": {…}}``."""
        ctx.params.pop("config", None)
        for slot in self.slots:
            gathered: dict[str, dict[str, Any]] = {part: {} for part in ctx.meta["chosen"][slot.name]}
            for parameter in self.get_params(ctx):
                if isinstance(parameter, PartParameter) and parameter.slot == slot.name:
                    gathered[parameter.part][parameter.option] = ctx.params.pop(parameter.name or "")
            ctx.params[f"{slot.name}_options"] = gathered
        return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The command's options, then those of each chosen part under its name."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            mine = isinstance(parameter, PartParameter)
            title = f"Options of the {parameter.slot} {parameter.part}" if mine else "Options"
            groups.setdefault(title, []).append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)


class PartParameter(click.Option):
    """An option that belongs to a part."""

    def __init__(self, *args: Any, slot: str, part: str, option: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slot, self.part, self.option = slot, part, option


def _click_option(slot: Slot, part: str, option: parts.PartOption, *, prefixed: bool) -> PartParameter:
    name = f"{slot.name}_{option.name}" if prefixed else option.name
    flag = name.replace("_", "-")
    declared = f"--{flag}/--no-{flag}" if option.kind == "bool" else f"--{flag}"
    kinds: dict[str, Any] = {"str": str, "int": int, "float": float, "bool": bool}
    return PartParameter(
        [declared, name],
        slot=slot.name,
        part=part,
        option=option.name,
        type=click.Choice(option.choices) if option.choices else kinds[option.kind],
        default=option.default,
        show_default=True,
        help=option.help[:1].upper() + option.help[1:] + ("." if option.help else ""),
    )


def _given(args: Sequence[str], option: str) -> list[str]:
    """Every value that the arguments give an option, read without knowing the others."""
    values = []
    for i, argument in enumerate(args):
        if argument == "--":
            break
        if argument == option and i + 1 < len(args):
            values.append(args[i + 1])
        elif argument.startswith(f"{option}="):
            values.append(argument.partition("=")[2])
    return values


def command(
    name: str | None = None, *, slots: Sequence[Slot] = (), fixed: dict[str, str] | None = None, **settings: Any
) -> Callable[[Callable[..., Any]], Command]:
    """Like ``click.command``, for commands of this kind."""

    def decorate(function: Callable[..., Any]) -> Command:
        made = click.command(name, cls=Command, slots=slots, fixed=fixed, **settings)(function)
        assert isinstance(made, Command)
        return made

    return decorate


as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")
quiet = click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
seed = click.option("--seed", type=int, default=0, show_default=True, help="Seed of every random choice.")
skip_bad = click.option(
    "--skip-bad",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Go on over up to N bad lines.",
)


def out(what: str, *, required: bool = True) -> Any:
    """The option ``--out``/``-o``."""
    return click.option("--out", "-o", required=required, type=click.Path(path_type=Path), help=what)
