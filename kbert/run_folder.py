"""The folder of a training: taken by one at a time, and left with a model that can be loaded."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from graphs.errors import OptionsError
from graphs.files import write_json
from graphs.folders import locked
from graphs.unfinished import changes
from kbert import checkpoint
from kbert.checkpoint import Progress
from kbert.precision import best_precision, here, name_of
from kbert.run_files import read_json
from kbert.train import Objective, Report, Settings, train


def surroundings(precision: str | None = None) -> dict[str, Any]:
    """What else the figures of a training hang on: for ``run.json``.

    ``precision`` is the one that was asked for (see :mod:`kbert.precision`): what it comes to on this machine is
    kept, so that a training does not go on in another.
    """
    return {
        **({} if precision is None else {"computed_in": name_of(best_precision(precision, here()))}),
        "versions": {name: version(name) for name in ("kbert", "torch", "transformers", "tokenizers")},
        "python": ".".join(map(str, sys.version_info[:2])),
    }


def check_free(folder: Path, described: dict[str, Any], *, resume: bool) -> None:
    """See that a run can be written to a folder, or goes on there.

    Raises :class:`OptionsError` when ``folder`` holds something already (without ``resume``), or a
    run with other options.
    """
    path = folder / "run.json"
    if resume and path.is_file():
        others = changes(read_json(path, {}), described)
        if others:
            raise OptionsError(
                f"{path} was written with other options or data ({others}): resume with the same, or train anew"
            )
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        hint = "it holds no run to go on with" if resume else "name another folder, or pass --resume to go on with it"
        raise OptionsError(f"{folder} is there already: {hint}")


@contextmanager
def begun(folder: Path, described: dict[str, Any], *, resume: bool) -> Iterator[None]:
    """Keep the folder for one training, with what that is in ``run.json``.

    Raises :class:`StoreError` while another training is at work there.
    """
    with locked(folder, "other training of this run"):
        check_free(folder, described, resume=resume)  # again: another may have begun meanwhile
        write_json(folder / "run.json", described)
        yield


def learn(objective: Objective, settings: Settings, folder: Path, report: Report) -> Progress:
    """Train, and leave the best weights in the model."""
    progress = train(objective, settings, folder, report)
    checkpoint.fill(objective.model, folder / "checkpoints" / "best" / "model.safetensors")
    return progress
