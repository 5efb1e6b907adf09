"""Which format a file has, told by its name."""

from pathlib import Path

from graphs import rooms
from graphs.errors import DataError
from graphs.lines import suffix


def guess(room: str, path: str | Path) -> str:
    """The format of the room (``graphs.corpora`` or ``graphs.formats``) that claims the file's ending.

    Raises :class:`DataError` that shows the known endings when none does, or more than one.

    >>> guess("graphs.corpora", "reviews.tsv.gz")
    'tsv'
    """
    claims = {name: rooms.find(room, name).SUFFIXES for name in rooms.names(room)}
    ending = suffix(path)
    found = [name for name, suffixes in claims.items() if ending in suffixes]
    if len(found) != 1:
        known = ", ".join(f"{end} ({name})" for name, suffixes in claims.items() for end in suffixes)
        what = " and ".join(found) if found else repr(ending) if ending else "no ending"
        raise DataError(path, None, f"the name of a format, or a file ending in one of {known}", what)
    return found[0]
