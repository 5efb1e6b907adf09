"""Parts of a long piece of work, kept on disk: each whole or not at all, so that a killed run goes on where it was."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from graphs.errors import OptionsError, StoreError
from graphs.files import replace_file, write_json
from graphs.folders import locked
from graphs.manifests import MANIFEST, Kind
from graphs.unfinished import differing

KIND = Kind("kbert ranking", 1, "a ranking", "pass --overwrite to rank anew", {"made_with": {...: object}})
RESULT = "result.json"
PART_SIZE = "part size"


class KeptParts:
    """The parts in a folder, by number."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, number: int, make: Callable[[], pa.Table]) -> pa.Table:
        """A part: as it was kept, else made and kept. Raises :class:`StoreError` if it is damaged."""
        path = self._folder / f"part-{number:05d}.parquet"
        if not path.is_file():
            with replace_file(path) as beside:
                pq.write_table(make(), beside)
        try:
            return pq.read_table(path)
        except (pa.ArrowInvalid, OSError) as error:
            expected = "a part of a ranking (--overwrite makes it anew)"
            raise StoreError(path, None, expected, str(error).partition("\n")[0]) from error

    def finish(self, result: Mapping[str, Any]) -> None:
        """Keep what came of all."""
        write_json(self._folder / RESULT, result)


@contextmanager
def kept_parts(folder: Path, made_with: Mapping[str, Any], *, overwrite: bool) -> Iterator[KeptParts]:
    """A folder of parts for one process: those of the same work, killed or finished, are taken up.

    Raises :class:`OptionsError` where there are parts of other work, unless ``overwrite``, which
    begins anew; and :class:`StoreError` if the folder holds something else, or another process is at it.
    """
    with locked(folder, "other ranking under this name"):
        _take_up(folder, made_with, overwrite)
        yield KeptParts(folder)


def _take_up(folder: Path, made_with: Mapping[str, Any], overwrite: bool) -> None:
    """Keep the parts that are there if they are of the same work."""
    path = folder / MANIFEST
    if path.is_file() and not overwrite:
        kept = KIND.read(path)["made_with"]
        others = differing(kept, made_with)
        if others:
            told = ", ".join([name for name in others if name != PART_SIZE] or others)  # it follows from the others
            raise OptionsError(
                f"{folder} holds a ranking made with another {told}: take another --name, or pass --overwrite"
            )
        return
    _empty(folder)
    write_json(path, {**KIND.begin(), "made_with": made_with})


def _empty(folder: Path) -> None:
    """Remove a ranking, the manifest first: without it nothing that is left is ever taken up."""
    ours = [folder / MANIFEST, folder / RESULT, *sorted(folder.glob("part-*.parquet"))]
    left = [path for path in folder.iterdir() if path.name.startswith(".") and path.name.endswith(".partial")]
    other = sorted(path.name for path in {*folder.iterdir()} - {*ours, *left})
    if other:
        raise StoreError(folder, None, "a ranking and nothing else", other[0])
    for path in (*ours, *left):
        path.unlink(missing_ok=True)
