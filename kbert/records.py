"""A file of JSON lines that grows with a training and can be wound back."""

import json
from pathlib import Path
from typing import Any

from graphs.files import replace_file


class Records:
    """Append records to ``path``, behind its first ``keep``; later ones, left by a broken run, are taken away.

    ``count`` is how many the file has.
    """

    def __init__(self, path: Path, *, keep: int) -> None:
        kept = read(path)[:keep] if path.is_file() else []
        with replace_file(path) as beside:
            beside.write_text("".join(_line(record) for record in kept), encoding="utf-8")
        self._file = path.open("a", encoding="utf-8")
        self.count = len(kept)

    def write(self, record: dict[str, Any]) -> None:
        """Add one record."""
        self._file.write(_line(record))
        self._file.flush()
        self.count += 1

    def close(self) -> None:
        """Done."""
        self._file.close()


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def read(path: Path) -> list[dict[str, Any]]:
    """The records of a file; a last line without its end is none."""
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    return [json.loads(line) for line in whole.splitlines()]
