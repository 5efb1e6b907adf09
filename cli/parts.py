"""Options of parts, read from their source without importing them.

Importing a model to ask for its options takes seconds; reading its source takes a fraction of a
millisecond. An option is a keyword-only argument with a literal default.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
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
    files: str = ""
    """The command's argument from whose files the parts are told when none is named."""
    guess: Callable[[Sequence[str]], list[str]] = lambda files: []
    """How they are told."""


class Chosen(NamedTuple):
    """An option of a part that was chosen, and what it is called on the command line (with ``_`` for ``-``)."""

    slot: Slot
    part: str
    option: PartOption
    flag: str


def chosen_options(parts: Sequence[tuple[Slot, str]], taken: Collection[str]) -> list[Chosen]:
    """The options of chosen parts, each under a name of its own.

    An option that nothing else is called by keeps its name. One that parts of two slots have (or
    that is ``taken``) has the slot's name before it: ``--linker-pipeline``, ``--parser-pipeline``;
    one that two parts of a slot have has the part's: ``--spacy-fold-case``.
    """
    found = [(slot, part, option) for slot, part in parts for option in options_of(slot, part)]
    plain = Counter(option.name for _, _, option in found)
    slotted = Counter(f"{slot.name}_{option.name}" for slot, _, option in found)
    made = []
    for slot, part, option in found:
        flag, with_slot = option.name, f"{slot.name}_{option.name}"
        if plain[flag] > 1 or flag in taken:
            flag = with_slot if slotted[with_slot] == 1 else f"{part.replace('.', '_')}_{option.name}"
        made.append(Chosen(slot, part, option, flag))
    return made


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


def summary_of(room: str, part: str) -> str:
    """The first line of a part's docstring."""
    tree = ast.parse(rooms.source(room, part).read_text(encoding="utf-8"))
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
    if isinstance(annotation, ast.Name):
        known = next((kind for kind in _KINDS if kind == annotation.id), None)
        if known is not None:
            return known, ()
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Literal":
        values = ast.literal_eval(annotation.slice)
        return "str", tuple(values) if isinstance(values, tuple) else (values,)
    raise TypeError(f"an option of a part is a str, int, float, bool or Literal, not {ast.unparse(annotation)}")


def _help(docstring: str, name: str) -> str:
    """The text behind ``name:`` under "Args:", with the deeper lines it goes on in."""
    match = re.search(rf"^( *){name}: (.+(?:\n\1 +.+)*)", docstring, re.MULTILINE)
    return " ".join(match.group(2).split()).rstrip(".") if match else ""
