"""A file of JSON lines that grows with a training and can be wound back to a step."""

import json
from pathlib import Path
from typing import Any

from graphs.files import replace_file


class Records:
    """Append records to ``path``; those past step ``until``, left by a broken run, are taken away first.

    A line that was half written when the run broke is taken away too.
    """

    def __init__(self, path: Path, *, until: int) -> None:
        kept = [line for line in read(path) if line["step"] <= until and until > 0] if path.is_file() else []
        with replace_file(path) as beside:
            beside.write_text("".join(_line(record) for record in kept), encoding="utf-8")
        self._file = path.open("a", encoding="utf-8")

    def write(self, record: dict[str, Any]) -> None:
        """Add one record."""
        self._file.write(_line(record))
        self._file.flush()

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
