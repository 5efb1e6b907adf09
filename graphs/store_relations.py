r"""Relations on disk: ``relations.txt``, one a line in the order of the ids, its text after a tab if it has one.

A backslash, tab, line feed or carriage return inside is written ``\\``, ``\t``, ``\n``, ``\r``.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

FILE = "relations.txt"

_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_CHARACTERS = {escape: character for character, escape in _ESCAPES.items()}


def write_relations(folder: Path, names: Iterable[str], texts: Mapping[str, str]) -> None:
    """Write names in the order of their ids, and the texts of those that have one."""
    escapes = str.maketrans(_ESCAPES)
    rows = ((name, texts[name]) if name in texts else (name,) for name in names)
    lines = ("\t".join(field.translate(escapes) for field in row) + "\n" for row in rows)
    (folder / FILE).write_bytes("".join(lines).encode())


def read_relations(folder: Path) -> tuple[list[str], dict[str, str]]:
    """Names in the order of their ids, and the texts of those that have one."""
    lines = (folder / FILE).read_bytes().decode().split("\n")[:-1]
    rows = [[_unescaped(field) for field in line.split("\t")] for line in lines]
    return [row[0] for row in rows], {row[0]: row[1] for row in rows if len(row) == 2}


def _unescaped(field: str) -> str:
    return re.sub(r"\\.", lambda escape: _CHARACTERS[escape[0]], field)
