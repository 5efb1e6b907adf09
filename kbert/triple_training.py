"""What trainings on the triples of a knowledge graph have in common: which are learnt, and what a run keeps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch

from graphs.errors import DataError, OptionsError, StoreError
from graphs.files import write_json
from graphs.knowledge import KnowledgeGraph
from graphs.triples import SPLITS
from kbert.precision import best_precision
from kbert.run_files import TRIPLE_FORMAT
from kbert.run_folder import begun, check_free, learn, surroundings
from kbert.scoring.calibration_dev import calibrate
from kbert.train import Objective, Report, Settings
from kbert.triple_runs import CALIBRATION, VERSION
from kbert.triples.ids import LEARNT, LabelledIds, TripleIds, named, triples_of
from kbert.triples.negatives import TripleSet
from kbert.triples.reader import TripleReader
from kbert.triples.texts import TripleTexts, cut_counts


class Splits(NamedTuple):
    """A graph, what is learnt of it, what chooses the epoch, and all that is known to be true."""

    kg: KnowledgeGraph
    train: LabelledIds
    dev: LabelledIds
    true: TripleIds

    @classmethod
    def of(cls, folder: str) -> "Splits":
        """What the graph calls train is learnt, and what has no split; what it calls dev chooses the epoch.

        Raises :class:`DataError` where there is nothing to learn.
        """
        kg = KnowledgeGraph.open(folder)
        train = triples_of(kg, *LEARNT)
        if not len(train.true):
            raise DataError(kg.folder, None, "true triples to learn (of the split train, or of none)", "none")
        return cls(kg, train, triples_of(kg, "dev"), triples_of(kg, *SPLITS).true)

    def check_patience(self, patience: int) -> None:
        """Raise :class:`OptionsError` for patience without dev."""
        if patience and not len(self.dev.true):
            raise OptionsError(f"patience waits for a better dev, and {self.kg.folder} has no true triples of it")


@runtime_checkable
class TripleLearning(Objective, Protocol):
    """What a model of triples is trained for."""

    @property
    def model(self) -> TripleReader:
        """What is trained."""

    @property
    def texts(self) -> TripleTexts:
        """What it reads of the graph."""

    @property
    def learnt(self) -> TripleIds:
        """The triples that it is trained on; those that are drawn are not among them."""

    @property
    def protocol(self) -> str | None:
        """What the metrics on dev are of, in a sentence; None without dev."""


def described(kind: str, plan: dict[str, Any], kg: KnowledgeGraph) -> dict[str, Any]:
    """What ``run.json`` says: every option, resolved, and the graph it was made from.

    ``kind`` is one of :data:`kbert.triple_runs.RunKind`.
    """
    return {
        "format": TRIPLE_FORMAT,
        "version": VERSION,
        "kind": kind,
        "plan": plan,
        "kg": {"folder": plan["kg"], "digest": kg.checksum, "counts": kg.manifest["counts"]},
        **surroundings(plan["settings"]["precision"]),
    }


def train_on(
    objective: Callable[[], TripleLearning],
    splits: Splits,
    about: dict[str, Any],
    settings: Settings,
    folder: Path,
    *,
    negatives: int | None,
    resume: bool,
    report: Report,
) -> dict[str, Any]:
    """Train what ``objective`` makes and leave a finished run; give its result.

    The objective is made once the folder is known to be free, with the seed set. The run is
    calibrated with so many ``negatives`` for each true triple of dev; None leaves that out. Raises
    :class:`OptionsError` for ``patience`` without dev, and what :func:`kbert.run_folder.check_free` raises.
    """
    splits.check_patience(settings.patience)
    check_free(folder, about, resume=resume)
    torch.manual_seed(settings.seed)
    made = objective()
    with begun(folder, about, resume=resume):
        progress = learn(made, settings, folder, report)
        made.model.save_pretrained(folder)
        result: dict[str, Any] = {
            "best_epoch": progress.best_epoch,
            "epochs": progress.epoch,
            "leaks": {name: leaks(splits.kg, splits.train.true, name) for name in ("dev", "test")},
            "cut": {name: cut_counts(made.model.cut(made.texts, some)) for name, some in _read(made, splits).items()},
            "undescribed": {"entities": made.model.undescribed(splits.kg)},
            "illegible": {"entities": int(made.texts.entities.made_of(made.model.encoder.unknown_id).sum())},
        }
        if progress.metrics is not None:
            result |= {"dev": progress.metrics, "protocol": made.protocol}
        if negatives is not None:
            precision = best_precision(settings.precision, made.model.device)
            how = {"negatives": negatives, "seed": settings.seed, "precision": precision}
            result |= _calibrated(made, splits.kg, folder, **how)
        write_json(folder / "result.json", result)
    return result


def _read(made: TripleLearning, splits: Splits) -> dict[str, TripleIds]:
    """The triples of train and of dev that are read, as far as they are not drawn."""
    dev = {"dev": splits.dev.triples} if len(splits.dev.true) else {}
    return {"train": made.learnt, **dev}


def _calibrated(made: TripleLearning, kg: KnowledgeGraph, folder: Path, **how: Any) -> dict[str, Any]:
    """Leave the calibration in the folder of a run, and say what it was fitted on; or why there is none."""
    try:
        fitted = calibrate(made.model, kg, made.texts, **how)
    except StoreError:
        raise
    except DataError as error:
        return {"uncalibrated": str(error)}
    write_json(folder / CALIBRATION, fitted.as_dict())
    share = fitted.dev["false"] / fitted.dev["true"]
    return {"calibration": {**fitted.dev, "false_for_each_true": share, "better": fitted.better}}


def leaks(kg: KnowledgeGraph, train: TripleIds, split: str) -> dict[str, Any]:
    """How many true triples of a split are among those that are learnt, and the first of them by name."""
    held_out = triples_of(kg, split).true
    leaked = held_out.where(TripleSet(train, len(kg), len(kg.relations)).holds(held_out))
    return {"triples": len(leaked), "first": named(kg, leaked)}
