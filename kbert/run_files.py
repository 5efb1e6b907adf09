"""Files of a run folder, read with care."""

import json
from pathlib import Path
from typing import Any

from graphs.errors import StoreError

FORMAT = "kbert run"
VERSION = 1


def read_json(path: Path) -> Any:
    """What a file of a run says. Raises :class:`StoreError` if it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StoreError(path, None, "a file of the run", "nothing there") from error
    except ValueError as error:
        raise StoreError(path, None, "whole JSON", str(error)) from error
