"""What a run says of the texts of its training."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kbert.checkpoint import Progress
from kbert.entities.vectors import Vectors
from kbert.layout import Layout
from kbert.text_training import TrainingTexts, summary, warn_of_no_knowledge


def test_what_a_run_was_made_from(data: Path, vectors_of: Callable[..., Path]) -> None:
    texts = TrainingTexts.open(str(data / "train"), str(data / "dev"))
    plan: dict[str, Any] = {"encoder": "x", "model_options": {"vectors": str(vectors_of("Paris")), "layers": ""}}
    plan["settings"] = {"precision": "bf16"}
    said = texts.described("kbert something", plan, model="ernie")
    json.dumps(said)
    manifest = json.loads((data / "train" / "manifest.json").read_text(encoding="utf-8"))
    assert said["train"] == {name: manifest[name] for name in ("texts", "parts", "counts")}
    digest = Vectors.open(plan["model_options"]["vectors"]).digest
    assert (said["recipe"], said["plan"], said["carried"]) == (manifest["recipe"], plan, {"vectors": digest})
    assert said["pretrained"] is None
    assert said["dev"] != said["train"]
    assert said["computed_in"] == "bfloat16"
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


@pytest.mark.parametrize(("linked", "told"), [(4, True), (5, False)])
def test_that_no_knowledge_will_be_learnt_is_said_before(
    linked: int, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    layout = Layout(np.arange(101), {}, np.ones(100, int), {"texts_linked": linked})
    with caplog.at_level(logging.WARNING, logger="kbert"):
        warn_of_no_knowledge(layout, "graphs/train")
    said = "graphs/train: no knowledge was injected (only 4.0% of the texts took any in), so this says nothing about"
    assert [record.getMessage().startswith(said) for record in caplog.records] == [True] * told


def test_a_model_that_reads_the_text_alone_has_nothing_to_be_told(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_no_knowledge(Layout(np.array([0, 2]), {}, np.array([1]), {}), "graphs/train")
    assert not caplog.records
