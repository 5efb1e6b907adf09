"""What trainings on text graphs have in common: which texts they see, and what a run says of that."""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from graphs.corpus import Corpus
from kbert.checkpoint import Progress
from kbert.claims import no_knowledge
from kbert.entities.vectors import Vectors
from kbert.layout import Layout
from kbert.lineage import check_carried, pretraining_of, warn_of_other_control
from kbert.protocol import data_of
from kbert.run_files import VERSION
from kbert.run_folder import surroundings
from kbert.text_model import carried

log = logging.getLogger("kbert")


class TrainingTexts(NamedTuple):
    """Text graphs to learn from, and those that choose the epoch."""

    train: Corpus
    dev: Corpus | None

    @classmethod
    def open(cls, train: str, dev: str | None) -> "TrainingTexts":
        """Raises :class:`StoreError` for a folder that holds no text graphs."""
        return cls(Corpus.open(train), Corpus.open(dev) if dev else None)

    def described(self, format: str, plan: Mapping[str, Any], *, model: str) -> dict[str, Any]:
        """What ``run.json`` says: every option, resolved, and what the run was made from.

        Raises :class:`OptionsError` where the encoder was pre-trained with other vectors than the ``model``
        carries, and :class:`StoreError` for vectors that are not whole.
        """
        pretrained, options = pretraining_of(plan["encoder"]), plan["model_options"]
        digests = {name: Vectors.open(options[name]).digest for name in carried(model) if options[name]}
        check_carried(digests, pretrained, plan["encoder"])
        warn_of_other_control(model, options, pretrained, plan["encoder"])
        return {
            "format": format,
            "version": VERSION,
            "plan": dict(plan),
            "carried": digests,
            "pretrained": pretrained,
            "recipe": self.train.manifest["recipe"],
            "train": data_of(self.train),
            "dev": None if self.dev is None else data_of(self.dev),
            **surroundings(plan["settings"]["precision"]),
        }


def warn_of_no_knowledge(layout: Layout, texts: str) -> None:
    """Say before a training that it will say nothing of knowledge, where that is so."""
    sentence = no_knowledge(layout.linked_share)
    if sentence is not None:
        log.warning("%s: %s", texts, sentence)


def summary(progress: Progress, layout: Layout) -> dict[str, Any]:
    """What came of a training on texts laid out, but for how good it is."""
    return {
        "best_epoch": progress.best_epoch,
        "epochs": progress.epoch,
        "linked_share": layout.linked_share,
        "cut": {"train": dict(layout.cut)},
    }
