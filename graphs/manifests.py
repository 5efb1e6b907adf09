"""Manifests: the JSON file by which a folder of ours is known, with format, version and what is in it."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphs.errors import StoreError, shown

MANIFEST = "manifest.json"

Manifest = dict[str, Any]


Shape = Any
"""What JSON holds: a type (``float`` is any number), ``[shape]`` a list of such, ``{key: shape}`` an
object with these keys at least, ``{...: shape}`` an object with any keys, ``(shape, None)`` that or null.
"""

_CALLED = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


def check_shape(path: Path, value: Any, shape: Shape, place: str = "") -> None:
    """Raise :class:`StoreError` at the first place where what ``path`` says has another shape."""
    if isinstance(shape, tuple):
        if value is not None:
            check_shape(path, value, shape[0], place)
        return
    kind = type(shape) if isinstance(shape, list | dict) else shape
    if not _is(value, kind):
        raise StoreError(path, None, f"{_CALLED[kind]}{place and f' as {place}'}", shown(value))
    if isinstance(shape, list):
        for i, item in enumerate(value):
            check_shape(path, item, shape[0], f"{place}[{i}]")
    elif isinstance(shape, dict):
        keys = dict.fromkeys(value, shape[...]) if ... in shape else shape
        for key, inner in keys.items():
            inside = f"{place}.{key}" if place else key
            if key not in value:
                raise StoreError(path, None, inside, "nothing")
            check_shape(path, value[key], inner, inside)


def _is(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return kind in (bool, object)
    return isinstance(value, (int, float) if kind is float else kind)


@dataclass(frozen=True)
class Kind:
    """A kind of folder; messages call one ``called``, and say with ``again`` how to get one of this version.

    ``holds`` is what a manifest says at least.
    """

    format: str
    version: int
    called: str
    again: str
    holds: Shape = field(default_factory=dict)

    def begin(self) -> Manifest:
        """What every manifest of this kind says."""
        return {"format": self.format, "version": self.version}

    def is_in(self, folder: Path) -> bool:
        """Whether the manifest of a folder says that this kind is there, of whatever version."""
        try:
            return bool(json.loads((folder / MANIFEST).read_bytes())["format"] == self.format)
        except (OSError, ValueError, LookupError, TypeError):
            return False

    def read(self, path: Path) -> Manifest:
        """The manifest in a file.

        Raises :class:`StoreError` when it is damaged, lacks something, or is of another format or version.
        """
        try:
            manifest = json.loads(path.read_bytes())
        except ValueError as error:
            raise StoreError(path, None, "a whole manifest", f"damage ({error})") from error
        if not isinstance(manifest, dict) or manifest.get("format") != self.format:
            raise StoreError(path, None, f"the manifest of {self.called}", "another one")
        if manifest.get("version") != self.version:
            found = f"version {manifest.get('version')!r}: {self.again}"
            raise StoreError(path, None, f"{self.called} of version {self.version}", found)
        check_shape(path, manifest, self.holds)
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


def checksum(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
