"""The folder of a knowledge graph: its manifest, checksums, and how one takes the place of another."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphs.errors import StoreError
from graphs.files import sync_folder
from graphs.folders import claimed, put_in_place

MANIFEST = "manifest.json"
FORMAT = "kbert knowledge graph"
VERSION = 1

Manifest = dict[str, Any]


def checksum(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder. Raises :class:`StoreError` when there is none, or of another format or version."""
    if not folder.is_dir():
        there = "a file" if folder.exists() else "nothing there"
        raise StoreError(folder, None, "the folder of a knowledge graph", there)
    path = folder / MANIFEST
    if not path.is_file():
        raise StoreError(folder, None, f"a whole knowledge graph with {MANIFEST}", "a folder without one")
    try:
        manifest = json.loads(path.read_bytes())
    except ValueError as error:
        raise StoreError(path, None, "JSON", f"damage ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise StoreError(path, None, f"the manifest of a {FORMAT}", "another one")
    if manifest.get("version") != VERSION:
        raise StoreError(path, None, f"format version {VERSION}", f"{manifest.get('version')}: import the graph anew")
    return manifest


def check_files(folder: Path, manifest: Manifest, *, checksums: bool) -> None:
    """Compare the size of every file, and its checksum if asked, with the manifest.

    Raises :class:`StoreError` at the first file that is missing or differs.
    """
    for name, wanted in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise StoreError(path, None, "a file of the knowledge graph", "nothing there")
        if path.stat().st_size != wanted["bytes"]:
            raise StoreError(path, None, f"{wanted['bytes']:,} bytes", f"{path.stat().st_size:,}: the file is damaged")
        if checksums and checksum(path) != wanted["sha256"]:
            raise StoreError(path, None, f"the SHA-256 {wanted['sha256']}", "another: the file is damaged")


def write_manifest(folder: Path, facts: Manifest) -> None:
    """Write the manifest of a folder, with size and checksum of each of its files, and make all durable."""
    files = {}
    for path in sorted(folder.iterdir()):
        files[path.name] = {"bytes": path.stat().st_size, "sha256": checksum(path)}
        _sync(path)
    manifest = {"format": FORMAT, "version": VERSION, **facts, "files": files}
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    _sync(folder / MANIFEST)
    sync_folder(folder)


def _sync(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """An empty folder beside ``out``, which takes the place of ``out`` on leaving.

    When the body fails, nothing is left behind and ``out`` is as it was. What a killed run left
    is removed first; if that run had just put the old graph aside, it is put back.
    Raises :class:`StoreError` when ``out`` is anything but a knowledge graph or an empty folder,
    and when another run is writing it.
    """
    out = out.resolve()
    with claimed(out, "import into this folder") as fresh:
        try:
            _empty(fresh)
            _see_replaceable(out)
            yield fresh
            put_in_place(fresh, out)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _see_replaceable(out: Path) -> None:
    """Refuse to replace what no import wrote."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    expected = "a new folder, or a knowledge graph to replace"
    try:
        ours = {MANIFEST, *json.loads((out / MANIFEST).read_bytes())["files"]}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise StoreError(out, None, expected, "something else") from error
    others = sorted(path.name for path in out.iterdir() if path.name not in ours)
    if others:
        raise StoreError(out, None, expected, f"one with other files in it ({', '.join(others[:3])})")
