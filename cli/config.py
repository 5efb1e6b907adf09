"""Options from a TOML file, checked key by key and type by type before Click sees them.

Click's own ``default_map`` passes over unknown keys in silence and turns 2.7 into 2.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from graphs.errors import did_you_mean

NOT_IN_FILES = frozenset(("config", "debug", "help"))
"""Options of a command that a file cannot give."""


def read(path: Path) -> dict[str, Any]:
    """The table of a TOML file, with ``_`` for ``-`` in its keys. Raises ``click.UsageError``."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise click.UsageError(f"{path}: no such file") from error
    except OSError as error:
        raise click.UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path}: not TOML: {error}") from error
    named: dict[str, Any] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name in named:
            raise click.UsageError(f"{_place(path, key)}: {key} is there twice, with - and with _")
        named[name] = value
    return named


def key_of(parameter: click.Parameter) -> str:
    """What a file calls a parameter: an option by its long name, an argument by its own."""
    flags = [flag for flag in parameter.opts if flag.startswith("--")]
    return flags[0].removeprefix("--").replace("-", "_") if flags else str(parameter.name)


def checked(path: Path, values: Mapping[str, Any], parameters: Sequence[click.Parameter]) -> dict[str, Any]:
    """The values as defaults for Click. Raises ``click.UsageError`` with file and line."""
    known = {key: p for p in parameters if (key := key_of(p)) not in NOT_IN_FILES}
    defaults = {}
    for key, value in values.items():
        if key not in known:
            what, name = "table" if isinstance(value, dict) else "key", key.replace("_", "-")
            hint = did_you_mean(name, [key.replace("_", "-") for key in known])
            raise click.UsageError(f"{_place(path, key)}: this command knows no {what} {name!r}{hint}")
        defaults[str(known[key].name)] = _value(path, key, value, known[key])
    return defaults


def _value(path: Path, key: str, value: Any, parameter: click.Parameter) -> Any:
    several = parameter.multiple if isinstance(parameter, click.Option) else parameter.nargs == -1
    if several:
        listed = value if isinstance(value, list) else [value]
        return [_one(path, key, item, parameter) for item in listed]
    return _one(path, key, value, parameter)


def _one(path: Path, key: str, value: Any, parameter: click.Parameter) -> Any:
    wanted: type | tuple[type, ...]
    if isinstance(parameter, click.Option) and parameter.is_flag:
        wanted, name = bool, "true or false"
    elif isinstance(parameter.type, click.types.IntParamType):
        wanted, name = int, "a whole number"
    elif isinstance(parameter.type, click.types.FloatParamType):
        wanted, name = (int, float), "a number"
    else:
        wanted, name = str, "a string"
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise click.UsageError(f"{_place(path, key)}: {key.replace('_', '-')} is {name}, not {value!r}")
    try:
        parameter.type.convert(value, parameter, None)
    except click.BadParameter as error:
        raise click.UsageError(f"{_place(path, key)}: {key.replace('_', '-')}: {error.message}") from error
    return value


def _place(path: Path, key: str) -> str:
    """File and line of a key."""
    name = re.escape(key).replace("\\-", "-").replace("-", "_").replace("_", "[-_]")
    pattern = re.compile(rf"^\s*\[*\s*[\"']?{name}[\"']?\s*[=\].]")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if pattern.match(line):
            return f"{path}:{number}"
    return str(path)
