"""Outputs that exist whole or not at all: written beside, made durable, then renamed."""

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphs.errors import OptionsError
from graphs.lines import OPENERS


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write to; on leaving, it is flushed to disk and takes the place of ``path``.

    When the body fails nothing is left behind and ``path`` is as it was.
    """
    beside = path.with_name(f".{path.name}.partial")
    try:
        yield beside
        sync_file(beside)
        os.replace(beside, path)
        sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def replace_files(folder: Path) -> Iterator[Path]:
    """A folder to fill inside of ``folder``; on leaving, each file in it is flushed to disk and takes its place there.

    When the body fails nothing is left behind and the files of ``folder`` are as they were.
    """
    beside = folder / ".partial"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        yield beside
        for path in sorted(beside.iterdir()):
            sync_file(path)
            os.replace(path, folder / path.name)
        sync_folder(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def check_free_file(path: Path, *, overwrite: bool, reads: Iterable[str | Path] = ()) -> None:
    """Raise :class:`OptionsError` where a folder is, or a file that is not to be replaced or is among those ``reads``.

    Files are not packed as they are written: a name that says so is refused.
    """
    if path.suffix.lower() in OPENERS:
        raise OptionsError(f"{path}: what is written is not packed: name it {path.stem}")
    if path.is_file() and any(Path(file).is_file() and path.samefile(file) for file in reads):
        raise OptionsError(f"{path} is what is read: name another file to write to")
    if path.is_dir() or (path.exists() and not overwrite):
        hint = "name a file" if path.is_dir() else "name another file, or pass --overwrite"
        raise OptionsError(f"{path} is there already: {hint}")


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name; where the two places share no disk that can, it is copied.

    For files that are replaced and never changed in place. What is at ``target`` is replaced.
    """
    with replace_file(target) as beside:
        beside.unlink(missing_ok=True)
        try:
            os.link(source.resolve(), beside)  # a symbolic link would itself get the second name
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                raise
            shutil.copyfile(source, beside)


def sync_file(path: Path) -> None:
    """Make what a file holds durable."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, value: Any) -> None:
    """Write JSON whole or not at all; equal values give equal bytes."""
    with replace_file(path) as beside:
        beside.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
