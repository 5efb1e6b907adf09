"""Options of parts, read from their source without importing them.

Importing a model to ask for its options takes seconds; reading its source takes a fraction of a
millisecond. An option is a keyword-only argument with an annotation and a literal default.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from graphs import rooms
from graphs.errors import DataError, shown

Kind = Literal["str", "int", "float", "bool"]
_TYPES: dict[Kind, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (float, int), "bool": (bool,)}
"""The types that a default of each kind may have."""

_ALLOWED = (
    "an option as NAME: TYPE = DEFAULT, TYPE being str, int, float, bool or Literal of strings (or one of them | None),"
    " DEFAULT a value of it and not a name"
)


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
    guess: Callable[[str], str] | None = None
    """The part that one of them tells, or ``DataError``."""
    beside: tuple[str, ...] = ()
    """What the option takes beside the names of parts, for the command itself to deal with."""

    def guessed(self, files: Sequence[str]) -> list[str]:
        """The parts that files tell, each once; a file that tells none is left to the reader to refuse."""
        if self.guess is None:
            return []
        found: dict[str, None] = {}
        for file in files:
            with suppress(DataError):
                found[self.guess(file)] = None
        return list(found)


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
    """The options of a part, in the order of its signature.

    Raises ``UnknownPartError`` if there is no such part, and ``DataError`` with file and line for an
    argument that a command line cannot give.
    """
    path, tree = _parsed(slot.room, part)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == slot.holder:
            init = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
            return [] if init is None else _options(path, init, ast.get_docstring(node) or "", slot)
        if isinstance(node, ast.FunctionDef) and node.name == slot.holder:
            return _options(path, node, ast.get_docstring(node) or "", slot)
    raise rooms.UnknownPartError(f"{part!r} of {slot.room} has no {slot.holder}")


def summary_of(room: str, part: str) -> str:
    """The first line of a part's docstring."""
    _, tree = _parsed(room, part)
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def _parsed(room: str, part: str) -> tuple[Path, ast.Module]:
    """The file of a part, and what is in it."""
    path = rooms.source(room, part)
    try:
        return path, ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise DataError(path, error.lineno, "Python", error.msg) from error


def _options(path: Path, function: ast.FunctionDef, docstring: str, slot: Slot) -> list[PartOption]:
    arguments = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    found = []
    for argument, default in arguments:
        if argument.arg in slot.skip:
            continue
        try:
            kind, choices, value = _taken(argument.annotation, default)
        except ValueError as error:
            written = ast.unparse(argument) + ("" if default is None else f" = {ast.unparse(default)}")
            raise DataError(path, argument.lineno, _ALLOWED, shown(written)) from error
        found.append(PartOption(argument.arg, kind, value, choices, _help(docstring, argument.arg)))
    return found


def _taken(annotation: ast.expr | None, default: ast.expr | None) -> tuple[Kind, tuple[str, ...], Any]:
    """Kind, choices and default of an argument. Raises ``ValueError`` if a command line cannot give it."""
    if annotation is None or default is None:
        raise ValueError("an option has an annotation and a default")
    none: tuple[type, ...] = ()
    if isinstance(annotation, ast.BinOp) and ast.unparse(annotation.right) == "None":
        annotation, none = annotation.left, (type(None),)
    kind, choices = _type(annotation)
    value = ast.literal_eval(default)
    if type(value) not in (*_TYPES[kind], *none) or (choices and value not in (*choices, None)):
        raise ValueError(f"{value!r} is no default of {ast.unparse(annotation)}")
    return kind, choices, value


def _type(annotation: ast.expr) -> tuple[Kind, tuple[str, ...]]:
    written = ast.unparse(annotation)
    known = next((kind for kind in _TYPES if kind == written), None)
    if known is not None:
        return known, ()
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Literal":
        values = ast.literal_eval(annotation.slice)
        choices = values if isinstance(values, tuple) else (values,)
        if all(isinstance(choice, str) for choice in choices):
            return "str", choices
    raise ValueError(f"a command line gives no {written}")


def _help(docstring: str, name: str) -> str:
    """The text behind ``name:`` under "Args:", with the deeper lines it goes on in."""
    match = re.search(rf"^( *){name}: (.+(?:\n\1 +.+)*)", docstring, re.MULTILINE)
    return " ".join(match.group(2).split()).rstrip(".") if match else ""
