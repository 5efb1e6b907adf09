"""Long jobs that write an output in parts, and go on where they were when they are killed and run again.

The folder of a job holds its finished parts, each whole, and what the job is made of: the same job
may take them up.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphs.files import write_json

MADE_WITH = "made_with.json"
"""What a job is made of, kept until it ends."""


def take_up(work: Path, made_with: Mapping[str, Any], *, lasting: bool) -> bool:
    """Keep the parts of a killed job if it was the same; else begin anew. Whether parts of another were thrown away.

    Args:
        work: the folder of the job
        made_with: all that its parts depend on, as JSON values
        lasting: whether its input can be read again; standard input passes but once
    """
    path = work / MADE_WITH
    same = path.is_file() and json.loads(path.read_text(encoding="utf-8")) == json.loads(json.dumps(made_with))
    if same and lasting:
        return False
    was_there = path.is_file()
    path.unlink(missing_ok=True)  # first, for without it nothing here is ever taken up
    for left in work.iterdir():
        left.unlink()
    write_json(path, made_with)
    return was_there


@contextmanager
def keeping(work: Path, parts: str, *, lasting: bool, on_kept: Callable[[int], None]) -> Iterator[None]:
    """Tell how many finished parts (files called as ``parts`` says) stay when the body fails.

    None stay that could not be taken up.
    """
    try:
        yield
    except BaseException:
        finished = sorted(work.glob(parts))
        if not lasting:
            for path in finished:
                path.unlink()
        elif finished:
            on_kept(len(finished))
        raise
