"""What a run says of the texts of its training."""

import json
from pathlib import Path

import numpy as np

from kbert.checkpoint import Progress
from kbert.layout import Layout
from kbert.text_training import TrainingTexts, summary


def test_what_a_run_was_made_from(data: Path) -> None:
    texts = TrainingTexts.open(str(data / "train"), str(data / "dev"))
    said = texts.described("kbert something", {"encoder": "x"}, carried={"vectors": "1"})
    json.dumps(said)
    manifest = json.loads((data / "train" / "manifest.json").read_text(encoding="utf-8"))
    assert said["train"] == {name: manifest[name] for name in ("texts", "parts", "counts")}
    assert (said["recipe"], said["plan"], said["carried"]) == (manifest["recipe"], {"encoder": "x"}, {"vectors": "1"})
    assert said["dev"] != said["train"]
    assert {"format", "version", "versions"} <= said.keys()
    assert TrainingTexts.open(str(data / "train"), None).described("x", {})["dev"] is None


def test_what_came_of_a_training() -> None:
    layout = Layout(np.array([0, 2, 4]), {}, np.array([1, 1]), {"texts": 3, "texts_linked": 1})
    said = summary(Progress(epoch=4, best_epoch=2), layout)
    assert said == {
        "best_epoch": 2,
        "epochs": 4,
        "linked_share": layout.linked_share,
        "cut": {"train": {"texts": 3, "texts_linked": 1}},
    }
