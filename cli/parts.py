"""Options of parts, read from their source without importing them.

Importing a model to ask for its options takes seconds; reading its source takes a fraction of a
millisecond. An option is a keyword-only argument with a literal default.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from graphs import rooms

Kind = Literal["str", "int", "float", "bool"]
_KINDS: tuple[Kind, ...] = ("str", "int", "float", "bool")


class PartOption(NamedTuple):
    """One option of a part; ``choices`` is empty unless its type is a ``Literal``."""

    name: str
    kind: Kind
    default: Any
    choices: tuple[str, ...]
    help: str


@dataclass(frozen=True)
class Slot:
    """A place in a command where parts are chosen by name, such as ``--linker``.

    ``holder`` is the class or function in the part's file whose arguments are its options.
    """

    name: str
    room: str
    holder: str
    skip: tuple[str, ...] = ()
    """Arguments that are not for users."""
    guess: Callable[[list[str]], list[str]] | None = None
    """Parts told from the command's arguments, when none is named."""


def options_of(slot: Slot, part: str) -> list[PartOption]:
    """The options of a part, in the order of its signature. Raises ``UnknownPartError`` if there is no such part."""
    tree = ast.parse(rooms.source(slot.room, part).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == slot.holder:
            init = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
            return [] if init is None else _options(init, ast.get_docstring(node) or "", slot)
        if isinstance(node, ast.FunctionDef) and node.name == slot.holder:
            return _options(node, ast.get_docstring(node) or "", slot)
    raise rooms.UnknownPartError(f"{part!r} of {slot.room} has no {slot.holder}")


def summary_of(slot_room: str, part: str) -> str:
    """The first line of a part's docstring."""
    tree = ast.parse(rooms.source(slot_room, part).read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def _options(function: ast.FunctionDef, docstring: str, slot: Slot) -> list[PartOption]:
    arguments = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    found = []
    for argument, default in arguments:
        if argument.arg in slot.skip or default is None or argument.annotation is None:
            continue
        kind, choices = _type(argument.annotation)
        found.append(PartOption(argument.arg, kind, ast.literal_eval(default), choices, _help(docstring, argument.arg)))
    return found


def _type(annotation: ast.expr) -> tuple[Kind, tuple[str, ...]]:
    if isinstance(annotation, ast.Name) and annotation.id in _KINDS:
        return annotation.id, ()
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Literal":
        values = ast.literal_eval(annotation.slice)
        return "str", tuple(values) if isinstance(values, tuple) else (values,)
    raise TypeError(f"an option of a part is a str, int, float, bool or Literal, not {ast.unparse(annotation)}")


def _help(docstring: str, name: str) -> str:
    """The line ``name: text`` under "Args:", with the lines it goes on in."""
    match = re.search(rf"^\s*{name}: (.+(?:\n {{5,}}.+)*)", docstring, re.MULTILINE)
    return " ".join(match.group(1).split()) if match else ""
