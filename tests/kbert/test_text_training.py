"""What a run says of the texts of its training."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kbert.checkpoint import Progress
from kbert.layout import Layout
from kbert.text_training import TrainingTexts, summary
from kbert.vectors import Vectors


def test_what_a_run_was_made_from(data: Path, vectors_of: Callable[..., Path]) -> None:
    texts = TrainingTexts.open(str(data / "train"), str(data / "dev"))
    plan: dict[str, Any] = {"encoder": "x", "model_options": {"vectors": str(vectors_of("Paris")), "layers": ""}}
    said = texts.described("kbert something", plan, model="ernie")
    json.dumps(said)
    manifest = json.loads((data / "train" / "manifest.json").read_text(encoding="utf-8"))
    assert said["train"] == {name: manifest[name] for name in ("texts", "parts", "counts")}
    digest = Vectors.open(plan["model_options"]["vectors"]).digest
    assert (said["recipe"], said["plan"], said["carried"]) == (manifest["recipe"], plan, {"vectors": digest})
    assert said["pretrained"] is None
    assert said["dev"] != said["train"]
    assert {"format", "version", "versions"} <= said.keys()
    assert TrainingTexts.open(str(data / "train"), None).described("x", plan, model="bert")["dev"] is None


def test_what_came_of_a_training() -> None:
    layout = Layout(np.array([0, 2, 4]), {}, np.array([1, 1]), {"texts": 3, "texts_linked": 1})
    said = summary(Progress(epoch=4, best_epoch=2), layout)
    assert said == {
        "best_epoch": 2,
        "epochs": 4,
        "linked_share": layout.linked_share,
        "cut": {"train": {"texts": 3, "texts_linked": 1}},
    }
