"""Options from a TOML file, checked key by key and type by type before Click sees them.

Click's own ``default_map`` passes over unknown keys in silence and turns 2.7 into 2.
"""

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click


def read(path: Path) -> dict[str, Any]:
    """The table of a TOML file, with ``_`` for ``-`` in its keys."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise click.UsageError(f"{path}: no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path}: not TOML: {error}") from error
    return {key.replace("-", "_"): value for key, value in values.items()}


def checked(path: Path, values: dict[str, Any], parameters: list[click.Parameter]) -> dict[str, Any]:
    """The values as defaults for Click. Raises ``click.UsageError`` with file and line."""
    known = {p.name: p for p in parameters if p.name not in ("config", "help", None)}
    defaults = {}
    for key, value in values.items():
        if key not in known:
            close = get_close_matches(key, [name for name in known if name], n=1)
            hint = f": did you mean {close[0].replace('_', '-')!r}?" if close else ""
            what = "table" if isinstance(value, dict) else "key"
            raise click.UsageError(f"{_place(path, key)}: this command knows no {what} {key.replace('_', '-')!r}{hint}")
        defaults[key] = _value(path, key, value, known[key])
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
    return value


def _place(path: Path, key: str) -> str:
    """File and line of a key."""
    pattern = re.compile(rf"^\s*\[?\s*[\"']?{re.escape(key).replace('_', '[-_]')}[\"']?\s*[=\]]")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if pattern.match(line):
            return f"{path}:{number}"
    return str(path)
