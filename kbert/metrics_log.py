"""The log of a training: a file of JSON lines that grows and can be wound back."""

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from graphs.errors import StoreError
from graphs.files import replace_file


class MetricsLog:
    """Append records to ``path`` behind its first ``keep``; later ones, left by a broken run, are taken away.

    ``count`` is how many the file has. Raises :class:`StoreError` if it has less than ``keep``.
    """

    def __init__(self, path: Path, *, keep: int) -> None:
        kept = read(path)[:keep] if path.is_file() else []
        if len(kept) < keep:
            raise StoreError(path, None, f"the {keep} records up to the checkpoint", f"{len(kept)}")
        with replace_file(path) as beside:
            beside.write_text("".join(map(_line, kept)), encoding="utf-8")
        self._file = path.open("a", encoding="utf-8")
        self.count = keep

    def __enter__(self) -> "MetricsLog":
        """The log itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def write(self, record: dict[str, Any]) -> None:
        """Add one record; whoever reads the file sees it at once."""
        self._file.write(_line(record))
        self._file.flush()
        self.count += 1

    def sync(self) -> None:
        """Make what was written durable."""
        os.fsync(self._file.fileno())


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def read(path: Path) -> list[dict[str, Any]]:
    """The records of a file; a last line without its end is none. Raises :class:`StoreError` for a damaged line."""
    *whole, _ = path.read_text(encoding="utf-8").split("\n")
    records = []
    for number, line in enumerate(whole, start=1):
        try:
            records.append(json.loads(line))
        except ValueError as error:
            raise StoreError(path, number, "a record as JSON", str(error)) from error
    return records
