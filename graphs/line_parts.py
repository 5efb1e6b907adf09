"""Files of lines that take long to make: written in parts beside, then put together in one stroke.

A run that was killed is taken up by the same call; what comes out has the bytes of an unbroken run.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from graphs.files import check_free_file, replace_file, sync_folder
from graphs.folders import claimed
from graphs.unfinished import keeping, take_up

PART = "part-*.lines"


def write_line_parts(
    out: Path,
    header: Iterable[str],
    parts: Iterable[Callable[[], Iterable[str]]],
    made_with: Mapping[str, Any],
    *,
    lasting: bool = True,
    overwrite: bool = False,
    on_kept: Callable[[int], None] = lambda parts: None,
    on_anew: Callable[[], None] = lambda: None,
) -> None:
    """Write lines to ``out``, whole or not at all.

    Args:
        out: the file
        header: lines that stand before all others
        parts: what gives the lines of each part; only those are called that no earlier run has finished
        made_with: all that the lines depend on, as JSON values
        lasting: whether the input can be read again; else nothing is kept of a run that fails
        overwrite: replace the file that is there, and throw away parts of another job
        on_kept: hears how many finished parts a run that fails leaves
        on_anew: hears when parts of another job were found and thrown away

    Raises :class:`OptionsError` if ``out``, or finished parts of another job, are there already and are not
    to be overwritten, and :class:`StoreError` while another process writes it.
    """
    out = out.resolve()
    check_free_file(out, overwrite=overwrite)
    with claimed(out, "writing of this file") as work:
        try:
            if take_up(work, made_with, lasting=lasting, anew=overwrite):
                on_anew()
            with keeping(work, PART, lasting=lasting, on_kept=on_kept):
                files = [_write_part(work, number, lines) for number, lines in enumerate(parts)]
            _put_together(work / "whole", header, files)
            os.replace(work / "whole", out)
            sync_folder(out.parent)
            shutil.rmtree(work)
        except BaseException:
            if not any(work.glob(PART)):
                shutil.rmtree(work, ignore_errors=True)
            raise


def _write_part(work: Path, number: int, lines: Callable[[], Iterable[str]]) -> Path:
    path = work / PART.replace("*", f"{number:05d}")
    if not path.is_file():
        with replace_file(path) as beside:
            _write(beside, lines())
    return path


def _write(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)


def _put_together(whole: Path, header: Iterable[str], files: Iterable[Path]) -> None:
    _write(whole, header)
    with whole.open("ab") as target:
        for path in files:
            with path.open("rb") as part:
                shutil.copyfileobj(part, target)
        target.flush()
        os.fsync(target.fileno())
