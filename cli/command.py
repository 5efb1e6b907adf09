"""The kind of command all of ours are: options from a TOML file, and options of the parts that were chosen."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cli import config
from cli.parts import Chosen, Slot, chosen_options
from graphs import rooms

DEBUG = "kbert.debug"
"""Set among what the contexts of a call share when tracebacks are wanted."""


class Command(click.Command):
    """A command with ``--config FILE``, and with the options of the parts chosen in its ``slots``.

    Which parts are chosen is read from the arguments first (then from the file, then from the
    defaults), so that ``--linker spacy --help`` shows the options of that linker. ``fixed`` names
    the parts of slots where nothing is left to choose.
    """

    def __init__(
        self, *args: Any, slots: Sequence[Slot] = (), fixed: dict[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.slots, self.fixed = list(slots), fixed or {}
        self.params += [
            click.Option(
                ["--config"], type=click.Path(dir_okay=False), help="Read options from a TOML file (flat keys)."
            ),
            click.Option(
                ["--debug"],
                is_flag=True,
                expose_value=False,
                is_eager=True,
                callback=note_debug,
                help="Show the traceback of an error.",
            ),
        ]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Choose the parts, read the file, then parse as Click does."""
        given = self._given(args)
        path = given.get("config")
        values = config.read(Path(path)) if path else {}
        chosen = [(slot, part) for slot in self.slots for part in self._chosen(ctx, slot, {**values, **given})]
        parts = [(slot, part) for slot, part in chosen if part not in slot.beside]
        taken = {name for p in super().get_params(ctx) for name in (config.key_of(p), p.name)}
        try:
            ctx.meta[_key(self)] = parts, [_click_option(option) for option in chosen_options(parts, taken)]
        except rooms.UnknownPartError as error:
            raise click.UsageError(str(error), ctx) from error
        if path:
            ctx.default_map = {
                **(ctx.default_map or {}),
                **config.checked(Path(path), values, self.get_params(ctx)),
            }
        return super().parse_args(ctx, args)

    def _given(self, args: list[str]) -> dict[str, Any]:
        """What the arguments say of the command's own parameters, before those of the parts are known."""
        settings = {"ignore_unknown_options": True, "allow_extra_args": True}
        asked = click.Option(["-h", "--help"], is_flag=True)
        probe = click.Command(self.name, params=[*self.params, asked], add_help_option=False, context_settings=settings)
        with probe.make_context(self.name, list(args), resilient_parsing=True) as ctx:
            typed = click.core.ParameterSource.COMMANDLINE
            return {name: value for name, value in ctx.params.items() if ctx.get_parameter_source(name) is typed}

    def _chosen(self, ctx: click.Context, slot: Slot, given: Mapping[str, Any]) -> list[str]:
        """The parts of a slot: those named, else the default, else what the names of files tell."""
        if slot.name in self.fixed:
            return [self.fixed[slot.name]]
        named = _strings(given.get(slot.name))
        twice = next((part for part in named if named.count(part) > 1), None)
        if twice is not None:
            raise click.UsageError(f"the {slot.name} {twice!r} is named twice", ctx)
        if named or slot.name in given:
            return named
        # Options of parts, which are yet unknown, stand among the files.
        files = [file for file in _strings(given.get(slot.files)) if not file.startswith("--")]
        option = next(p for p in self.params if p.name == slot.name)
        return _strings(option.default) or slot.guessed(files)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own parameters and those of the chosen parts."""
        own = super().get_params(ctx)
        _, extra = ctx.meta.get(_key(self), ([], []))
        return [*own, *extra]

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command with the options of each chosen part gathered: ``linker_options={"dictionary": {…}}``."""
        ctx.params.pop("config", None)
        parts, extra = ctx.meta[_key(self)]
        for slot in self.slots:
            ctx.params[f"{slot.name}_options"] = {part: {} for other, part in parts if other is slot}
        for parameter in extra:
            slot, part, option, _ = parameter.chosen
            ctx.params[f"{slot.name}_options"][part][option.name] = ctx.params.pop(parameter.name)
        return super().invoke(ctx)

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first paragraph of the help, whole: the list of commands wraps it."""
        return " ".join((self.help or "").partition("\n\n")[0].split())

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The command's options, then those of each chosen part under its name."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = None if isinstance(parameter, click.Argument) else parameter.get_help_record(ctx)
            if record is None:
                continue
            title = "Options"
            if isinstance(parameter, PartParameter):
                title = f"Options of the {parameter.chosen.slot.name} {parameter.chosen.part}"
            groups.setdefault(title, []).append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)


class PartParameter(click.Option):
    """An option that belongs to a part."""

    def __init__(self, *args: Any, chosen: Chosen, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen = chosen


def options_of_parts() -> list[str]:
    """The parameters of the current command that are those of parts."""
    ctx = click.get_current_context()
    return [str(p.name) for p in ctx.command.get_params(ctx) if isinstance(p, PartParameter)]


def _strings(value: Any) -> list[str]:
    """One name or several; a value of another type is left for the check of its type to refuse."""
    listed = value if isinstance(value, list | tuple) else [value]
    return [str(item) for item in listed if isinstance(item, str | Path)]


def note_debug(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Remember that tracebacks are wanted."""
    if wanted:
        ctx.meta[DEBUG] = True


def _key(command: click.Command) -> str:
    """Where a command keeps its chosen parts and their options, among what the contexts of a call share."""
    return f"kbert.parts of {id(command)}"


def _click_option(chosen: Chosen) -> PartParameter:
    flag, option = chosen.flag.replace("_", "-"), chosen.option
    kinds: dict[str, Any] = {"str": str, "int": int, "float": float, "bool": bool}
    return PartParameter(
        [f"--{flag}/--no-{flag}" if option.kind == "bool" else f"--{flag}", chosen.flag],
        chosen=chosen,
        type=click.Choice(option.choices) if option.choices else kinds[option.kind],
        default=option.default,
        show_default=True,
        help=option.help[:1].upper() + option.help[1:] + ("." if option.help else ""),
    )


def command(
    name: str | None = None, *, slots: Sequence[Slot] = (), fixed: dict[str, str] | None = None, **settings: Any
) -> Callable[[Callable[..., Any]], Command]:
    """Like ``click.command``, for commands of this kind."""

    def decorate(function: Callable[..., Any]) -> Command:
        return click.command(name, cls=Command, slots=slots, fixed=fixed, **settings)(function)

    return decorate
