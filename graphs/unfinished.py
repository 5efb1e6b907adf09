"""Long jobs that write an output in parts, and go on where they were when they are killed and run again.

The folder of a job holds its finished parts, each whole, and what the job is made of: the same job
may take them up.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphs.errors import OptionsError, shown
from graphs.files import write_json

MADE_WITH = "made_with.json"
"""What a job is made of, kept until it ends."""


def take_up(work: Path, made_with: Mapping[str, Any], *, lasting: bool, anew: bool) -> bool:
    """Keep the parts of a killed job if it was the same; else begin anew. Whether parts of another were thrown away.

    Args:
        work: the folder of the job
        made_with: all that its parts depend on, as JSON values
        lasting: whether its input can be read again; standard input passes but once
        anew: throw away the parts of another job

    Raises :class:`OptionsError` where there are parts of another job and they are not to be thrown away.
    """
    path = work / MADE_WITH
    was_there = path.is_file()
    others = differing(json.loads(path.read_text(encoding="utf-8")), made_with) if was_there else []
    if was_there and lasting and not others:
        return False
    if others and not anew and any(left != path for left in work.iterdir()):
        raise OptionsError(
            f"{work} holds finished parts made with another {', '.join(others)}: "
            "run that again, name another file, or pass --overwrite to begin anew"
        )
    path.unlink(missing_ok=True)  # first, for without it nothing here is ever taken up
    for left in work.iterdir():
        left.unlink()
    write_json(path, made_with)
    return was_there


_MISSING = object()
"""Stands for a value that is not there, which is not None."""


def differing(kept: Mapping[str, Any], made_with: Mapping[str, Any]) -> list[str]:
    """In what two jobs differ, as words.

    >>> differing({"prior": None, "part_size": 9}, {"prior": 0.5, "part_size": 8})
    ['prior', 'part size']
    """
    wanted = json.loads(json.dumps(made_with))
    names = dict.fromkeys((*wanted, *kept))
    return [name.replace("_", " ") for name in names if kept.get(name, _MISSING) != wanted.get(name, _MISSING)]


def changes(kept: Mapping[str, Any], wanted: Mapping[str, Any], most: int = 4) -> str:
    """In what two nested mappings of JSON values differ, in words: names of values, and short ones themselves.

    A name that stands in several places is told with those that it stands below.

    >>> changes({"plan": {"seed": 0, "epochs": 2}}, {"plan": {"seed": 0, "epochs": 3}})
    'epochs 2 before, 3 now'
    """
    now = json.loads(json.dumps(wanted))
    names = Counter(path[-1] for path in (*_paths(kept), *(path for path in _paths(now) if not _has(kept, path))))
    found = []
    for path, before, after in _changes(kept, now, ()):
        called = (path[-1] if names[path[-1]] == 1 else ".".join(path)).replace("_", " ")
        is_long = any(isinstance(value, dict | list) for value in (before, after))
        found.append(f"another {called}" if is_long else f"{called} {_said(before)} before, {_said(after)} now")
    more = [f"{len(found) - most} more"] if len(found) > most else []
    return "; ".join(found[:most] + more)


def _changes(kept: Any, wanted: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """What differs: its path, what it was and what it is."""
    if isinstance(kept, dict) and isinstance(wanted, dict):
        for key in dict.fromkeys((*wanted, *kept)):
            yield from _changes(kept.get(key, _MISSING), wanted.get(key, _MISSING), (*path, key))
    elif kept != wanted:
        yield path, kept, wanted


def _paths(mapping: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of each value that is no mapping."""
    if isinstance(mapping, dict):
        for key, value in mapping.items():
            yield from _paths(value, (*path, key))
    else:
        yield path


def _has(mapping: Any, path: tuple[str, ...]) -> bool:
    """Whether there is a value that is no mapping at a path."""
    for key in path:
        if not isinstance(mapping, dict) or key not in mapping:
            return False
        mapping = mapping[key]
    return not isinstance(mapping, dict)


def _said(value: object) -> str:
    return "none" if value is _MISSING else shown(value)


@contextmanager
def keeping(work: Path, parts: str, *, lasting: bool, on_kept: Callable[[int], None]) -> Iterator[None]:
    """Tell how many finished parts (files called as ``parts`` says) stay when the body fails.

    None stay that could not be taken up.
    """
    try:
        yield
    except BaseException:
        finished = sorted(work.glob(parts))
        if not lasting:
            for path in finished:
                path.unlink()
        elif finished:
            on_kept(len(finished))
        raise
