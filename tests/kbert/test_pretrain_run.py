"""A pre-training from text graphs to an encoder that others begin with."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from graphs.errors import DataError, OptionsError
from kbert.backbone import load, load_with_words
from kbert.pretrain_run import PretrainPlan, pretrain
from kbert.run_files import read_described
from kbert.runs import Run
from kbert.train import Settings
from kbert.train_run import Plan, train_run

SETTINGS = Settings(epochs=2, batch_size=4, learning_rate=3e-3, precision="fp32", checkpoint_steps=2)


@pytest.fixture
def words(data: Path, encoder: Callable[[str], str]) -> PretrainPlan:
    return PretrainPlan("bert", encoder("bert"), str(data / "train"), str(data / "dev"), settings=SETTINGS)


def test_an_encoder_to_begin_with(words: PretrainPlan, plan: Plan, tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    result = pretrain(words, tmp_path / "words", report=told.append)
    assert result["new_head"]
    assert {"words_loss", "words_accuracy", "words_guesses"} <= result["dev"].keys()
    vocabulary = result["dev"]["words_candidates"]
    how = f"loss and accuracy (words among {vocabulary:.0f} on average) over all 3 texts of dev.tsv (dev: the epoch was"
    assert how in result["protocol"]
    assert {"loss", "words"} <= told[0].keys()
    described = json.loads((tmp_path / "words" / "run.json").read_text(encoding="utf-8"))
    assert described["plan"]["pretraining_options"] == {
        "masked": 0.15,
        "most_masked": 40,
        "next_sentence": False,
    }
    before, after = load(words.encoder), load(str(tmp_path / "words"))
    assert any(not torch.equal(a, b) for a, b in zip(before.parameters(), after.parameters(), strict=True))
    assert load_with_words(str(tmp_path / "words"))[2]
    train_run(replace(plan, encoder=str(tmp_path / "words")), tmp_path / "run")
    again = pretrain(replace(words, encoder=str(tmp_path / "words")), tmp_path / "more")
    assert not again["new_head"]


def test_words_are_learnt(words: PretrainPlan, tmp_path: Path) -> None:
    losses: list[float] = []
    plan = replace(words, settings=replace(SETTINGS, epochs=40), pretraining_options={"masked": 0.3})
    pretrain(plan, tmp_path / "run", report=lambda record: losses.append(record.get("loss", 0.0)))
    steps = [loss for loss in losses if loss]
    assert sum(steps[-6:]) < 0.5 * sum(steps[:6])


def test_broken_off_and_resumed_it_is_the_same(words: PretrainPlan, tmp_path: Path) -> None:
    pretrain(words, tmp_path / "whole")

    def stop(record: dict[str, Any]) -> None:
        if record["step"] == 3 and "loss" in record:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(words, tmp_path / "broken", report=stop)
    pretrain(words, tmp_path / "broken", resume=True)
    for name in ("model.safetensors", "result.json", "metrics.jsonl"):
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_what_cannot_be_trained_on(words: PretrainPlan, data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected texts to learn from, found none"):
        pretrain(replace(words, train=str(data / "blank"), dev=None), tmp_path / "run")
    with pytest.raises(OptionsError, match=r"dev: .* is what is trained on"):
        pretrain(replace(words, dev=words.train), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_it_is_no_run_to_ask(words: PretrainPlan, tmp_path: Path) -> None:
    pretrain(words, tmp_path / "words")
    with pytest.raises(OptionsError, match=r"is a run for other trainings to begin with .*, not on texts"):
        Run(tmp_path / "words")
    with pytest.raises(OptionsError, match=r"is a run for other trainings to begin with .*, not on triples"):
        read_described(tmp_path / "words", "kbert triple run", 1, {})
