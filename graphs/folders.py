"""Folders that one process at a time writes: beside the place they are for until they are whole, or in place."""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from graphs.errors import StoreError
from graphs.files import sync_folder


@contextmanager
def claimed(out: Path, what: str) -> Iterator[Path]:
    """The folder beside ``out`` to fill, with what an earlier run left in it; no other process gets it meanwhile.

    The claim goes with the process, however that ends. If a run was killed while it put its
    folder in place (see :func:`put_in_place`), what was at ``out`` is put back first. Parents that
    were made for the folder go again when nothing stays in them. Raises :class:`StoreError` that
    expects ``no other {what}`` when another process has the claim.
    """
    fresh, old = _beside(out)
    made = [path for path in out.parents if not path.exists()]
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
        _remove_empty(made)


@contextmanager
def new_folder(out: Path, what: str) -> Iterator[Path]:
    """An empty folder beside ``out`` to fill; on leaving it takes the place of ``out``, if there is any.

    When the body fails nothing is left behind and ``out`` is as it was; what a killed run left is
    removed first. Raises :class:`StoreError` that expects ``no other {what}`` when another process
    is at it.
    """
    out = out.resolve()
    with claimed(out, what) as fresh:
        try:
            _empty(fresh)
            yield fresh
            put_in_place(fresh, out)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise


@contextmanager
def locked(folder: Path, what: str, *, shared: bool = False, wait: bool = False) -> Iterator[None]:
    """Keep other processes from a folder; with ``shared`` only those that want it for themselves.

    With ``wait`` what is kept by another is waited for.
    The folder is made if it is not there, and goes again, with parents that were made for it, when
    nothing came into it. The lock goes with the process, however that ends. Raises
    :class:`StoreError` that expects ``no {what}`` when another process keeps this one out.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    lock = _lock(folder, kind if wait else kind | fcntl.LOCK_NB)
    if lock is None:
        raise StoreError(folder, None, f"no {what}", "one at work")
    try:
        yield
    finally:
        _remove_empty(made)
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


def is_free(out: Path) -> bool:
    """Whether a folder can go there: nothing is there, or an empty folder."""
    return not out.exists() or (out.is_dir() and not any(out.iterdir()))


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders, given from the innermost out; the first that is not empty stays, and so do those around it."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _beside(out: Path) -> tuple[Path, Path]:
    """Where the new folder is filled, and where the old one is put aside."""
    return out.with_name(f".{out.name}.partial"), out.with_name(f".{out.name}.old")


def _lock(folder: Path, kind: int = fcntl.LOCK_EX | fcntl.LOCK_NB) -> int | None:
    """Make a folder and lock it; None if another process has. Closing what is given unlocks it."""
    while True:
        folder.mkdir(exist_ok=True)
        try:
            lock = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # another run ended, and renamed it, in this very moment
            continue
        try:
            fcntl.flock(lock, kind)
        except BlockingIOError:
            os.close(lock)
            return None
        if folder.exists() and os.path.samestat(os.fstat(lock), os.stat(folder)):
            return lock
        os.close(lock)
