"""Which format a file or folder has, told by its name or by the files in it; no part is imported for it."""

from pathlib import Path

from graphs import rooms
from graphs.errors import DataError
from graphs.lines import member, suffix

FORMATS = "graphs.formats"


def guess(room: str, path: str | Path) -> str:
    """The format of the room (``graphs.corpora`` or ``graphs.formats``) that claims the file's ending.

    Raises :class:`DataError` that shows the known endings when none does, or more than one.

    >>> guess("graphs.corpora", "reviews.tsv.gz")
    'tsv'
    """
    claims = {name: rooms.constant(room, name, "SUFFIXES") for name in rooms.names(room)}
    ending = suffix(path)
    found = [name for name, suffixes in claims.items() if ending in suffixes]
    if len(found) != 1:
        known = ", ".join(f"{end} ({name})" for name, suffixes in claims.items() for end in suffixes)
        what = " and ".join(found) if found else repr(ending) if ending else "no ending"
        raise DataError(path, None, f"the name of a format, or a file ending in one of {known}", what)
    return found[0]


def guess_format(path: str | Path) -> str:
    """The format of a file of facts by the ending of its name, of a folder by the files in it.

    Raises :class:`DataError` when there is nothing, or nothing that a format is known by.
    """
    if not Path(path).is_dir():
        if not Path(path).exists() and str(path) != "-":
            raise DataError(path, None, "a file or a folder", "nothing there")
        return guess(FORMATS, path)
    claims = {name: rooms.constant(FORMATS, name, "FILES") or () for name in rooms.names(FORMATS)}
    for name, files in claims.items():
        if any(member(path, file) for file in files):
            return name
    known = "; ".join(f"{name}: {', '.join(files)}" for name, files in claims.items() if files)
    raise DataError(path, None, f"a folder with files of a known format ({known})", "none of them")
