"""Manifests: the JSON file by which a folder of ours is known, with format, version and what is in it."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphs.errors import StoreError

MANIFEST = "manifest.json"

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of folder; messages call one ``called``, and say with ``again`` how to get one of this version."""

    format: str
    version: int
    called: str
    again: str

    def begin(self) -> Manifest:
        """What every manifest of this kind says."""
        return {"format": self.format, "version": self.version}

    def read(self, path: Path) -> Manifest:
        """The manifest in a file. Raises :class:`StoreError` when it is damaged, or of another format or version."""
        try:
            manifest = json.loads(path.read_bytes())
        except ValueError as error:
            raise StoreError(path, None, "a whole manifest", f"damage ({error})") from error
        if not isinstance(manifest, dict) or manifest.get("format") != self.format:
            raise StoreError(path, None, f"the manifest of {self.called}", "another one")
        if manifest.get("version") != self.version:
            found = f"version {manifest.get('version')!r}: {self.again}"
            raise StoreError(path, None, f"{self.called} of version {self.version}", found)
        return manifest

    def check_replaceable(self, out: Path, files: Callable[[Manifest], Iterable[str]], expected: str) -> None:
        """See that ``out`` is a folder of this kind, of any version, and holds nothing but its ``files``.

        Raises :class:`StoreError` that expects ``expected``.
        """
        try:
            manifest = json.loads((out / MANIFEST).read_bytes())
            ours = {MANIFEST, *files(manifest)} if manifest["format"] == self.format else set()
        except (OSError, ValueError, LookupError, TypeError):
            ours = set()
        others = sorted(path.name for path in out.iterdir() if path.name not in ours) if ours else ["something else"]
        if others:
            raise StoreError(out, None, expected, ", ".join(others[:3]))


def is_free(out: Path) -> bool:
    """Whether a folder can go there: nothing is there, or an empty folder."""
    return not out.exists() or (out.is_dir() and not any(out.iterdir()))


def checksum(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
