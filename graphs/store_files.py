"""The folder of a knowledge graph: its manifest, checksums, and how one takes the place of another."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graphs.errors import StoreError
from graphs.files import sync_file, sync_folder
from graphs.folders import is_free, new_folder
from graphs.manifests import MANIFEST, Kind, Manifest, checksum

KIND = Kind(
    "kbert knowledge graph",
    1,
    "a kbert knowledge graph",
    "import the graph anew",
    {
        "counts": dict.fromkeys(("entities", "relations", "triples", "train", "dev", "test", "negatives"), int),
        "digest": str,
        "shards": int,
        "sources": [{"name": str}],
        "files": {...: {"bytes": int, "sha256": str}},
    },
)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder. Raises :class:`StoreError` when there is none, or of another format or version."""
    if not folder.is_dir():
        there = "a file" if folder.exists() else "nothing there"
        raise StoreError(folder, None, "the folder of a knowledge graph", there)
    path = folder / MANIFEST
    if not path.is_file():
        raise StoreError(folder, None, f"a whole knowledge graph with {MANIFEST}", "a folder without one")
    return KIND.read(path)


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
        sync_file(path)
    manifest = {**KIND.begin(), **facts, "files": files}
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    sync_file(folder / MANIFEST)
    sync_folder(folder)


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """An empty folder beside ``out``, which takes the place of ``out`` on leaving.

    When the body fails, nothing is left behind and ``out`` is as it was. What a killed run left
    is removed first; if that run had just put the old graph aside, it is put back.
    Raises :class:`StoreError` when ``out`` is anything but a knowledge graph or an empty folder,
    and when another run is writing it.
    """
    with new_folder(out, "import into this folder") as fresh:
        if not is_free(out):
            expected = "a new folder, or a knowledge graph (and nothing else) to replace"
            KIND.check_replaceable(out.resolve(), lambda manifest: manifest["files"], expected)
        yield fresh
