"""Folders that are filled beside the place they are for, by one process at a time, and take it when they are whole."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graphs.errors import StoreError
from graphs.files import sync_folder


@contextmanager
def claimed(out: Path, what: str) -> Iterator[Path]:
    """The folder beside ``out`` to fill, with what an earlier run left in it; no other process gets it meanwhile.

    The claim goes with the process, however that ends. If a run was killed while it put its
    folder in place (see :func:`put_in_place`), what was at ``out`` is put back first.
    Raises :class:`StoreError` that expects ``no other {what}`` when another process has the claim.
    """
    fresh, old = _beside(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    lock = _lock(fresh)
    if lock is None:
        raise StoreError(out, None, f"no other {what}", "one at work")
    try:
        if old.exists() and not out.exists():
            old.rename(out)
        yield fresh
    finally:
        os.close(lock)


def put_in_place(fresh: Path, out: Path) -> None:
    """Let a finished folder take the place of ``out``, if there is any; at every moment one of them is there, whole."""
    _, old = _beside(out)
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    sync_folder(out.parent)
    shutil.rmtree(old, ignore_errors=True)


def _beside(out: Path) -> tuple[Path, Path]:
    """Where the new folder is filled, and where the old one is put aside."""
    return out.with_name(f".{out.name}.partial"), out.with_name(f".{out.name}.old")


def _lock(folder: Path) -> int | None:
    """Make a folder and lock it; None if another process has. Closing what is given unlocks it."""
    while True:
        folder.mkdir(exist_ok=True)
        try:
            lock = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # another run ended, and renamed it, in this very moment
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        if folder.exists() and os.path.samestat(os.fstat(lock), os.stat(folder)):
            return lock
        os.close(lock)
