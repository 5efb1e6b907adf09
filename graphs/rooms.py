"""A room is a folder of interchangeable parts; each file in it is one part, named by its file.

There is no registry to edit: dropping ``graphs/linkers/mine.py`` makes ``--linker mine`` work,
and ``--linker some.package.module`` finds a part outside the repository.
A part is imported only when somebody asks for it by name.
"""

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from graphs.errors import did_you_mean


@dataclass(frozen=True)
class Part:
    """A part of a room by name, with its options.

    ``version`` is what else it depends on, as the part itself says; None where it says nothing.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    version: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The part as JSON values, its version where there is one."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class UnknownPartError(LookupError):
    """Somebody asked a room for a part it does not have."""


def names(room: str) -> list[str]:
    """The parts of a room, sorted.

    >>> names("graphs.engines")
    ['local']
    """
    path = import_module(room).__path__
    return sorted(module.name for module in iter_modules(path) if not module.name.startswith("_"))


def _qualified(room: str, name: str) -> str:
    """The module that holds a part; a name with a dot is a module outside the rooms."""
    if "." in name:
        try:
            spec = find_spec(name)
        except ImportError:
            spec = None
        if spec is None:
            raise UnknownPartError(f"no module {name!r} can be imported for {room}")
        return name
    known = names(room)
    if name not in known:
        raise UnknownPartError(f"no {name!r} in {room}{did_you_mean(name, known)}; there are: {', '.join(known)}")
    return f"{room}.{name}"


def find(room: str, name: str) -> ModuleType:
    """Import one part of a room by name.

    >>> find("graphs.engines", "locl")
    Traceback (most recent call last):
    graphs.rooms.UnknownPartError: no 'locl' in graphs.engines (did you mean 'local'?); there are: local
    """
    return import_module(_qualified(room, name))


def with_defaults(function: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The options, and the defaults of those keyword-only arguments of the function that are not among them.

    >>> with_defaults(sorted, {"reverse": True})
    {'key': None, 'reverse': True}
    """
    arguments = inspect.signature(function).parameters.values()
    return {**{one.name: one.default for one in arguments if one.kind is one.KEYWORD_ONLY}, **options}


def constant(room: str, name: str, called: str) -> Any:
    """A literal that stands in the file of a part, read without importing it; None if there is none of that name.

    >>> constant("graphs.corpora", "csv", "SUFFIXES")
    ('.csv',)
    """
    for node in ast.parse(source(room, name).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and called in map(ast.unparse, node.targets):
            return ast.literal_eval(node.value)
    return None


def source(room: str, name: str) -> Path:
    """The file of a part, found without importing it."""
    spec = find_spec(_qualified(room, name))
    if spec is None or spec.origin is None:
        raise UnknownPartError(f"{name!r} of {room} has no source file")
    return Path(spec.origin)
