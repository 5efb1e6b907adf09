"""Training: it learns; it does the same twice; broken off anywhere and resumed, it ends with the same bytes."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from graphs.corpus import to_rows, write_part
from graphs.errors import DataError, OptionsError, StoreError
from graphs.types import TextGraph
from kbert.checkpoint import Progress, read_tensors
from kbert.metrics_log import read
from kbert.text_model import TextModel
from kbert.text_objective import TextObjective
from kbert.train import Settings, _slope, train

Make = Callable[..., TextModel]
Reviews = Callable[..., list[TextGraph]]
Report = Callable[[dict[str, Any]], None]
QUICK = Settings(epochs=3, batch_size=8, learning_rate=3e-3, precision="fp32", checkpoint_steps=2)
LEARNING = Settings(epochs=6, batch_size=8, learning_rate=1e-2, precision="fp32", checkpoint_steps=0)
COUNT = 28
"""Texts to learn: four steps an epoch."""


@pytest.fixture
def run(text_model: Make, reviews: Reviews, tmp_path: Path) -> Callable[..., tuple[Progress, Path]]:
    """Train a new model in a folder."""

    def training(
        name: str,
        settings: Settings = QUICK,
        *,
        dev: bool = True,
        report: Report = lambda record: None,
        count: int = COUNT,
        **options: Any,
    ) -> tuple[Progress, Path]:
        model = text_model(**options)
        data = model.examples([to_rows(reviews(count))])
        held_out = model.examples([to_rows(reviews(12, seed=1))]) if dev else None
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        return train(TextObjective(model, data, held_out), settings, folder, report), folder

    return training


Run = Callable[..., tuple[Progress, Path]]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a run by its name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("task", ["classify", "tag"])
@pytest.mark.parametrize("model", ["bert", "kbert"])
def test_the_loss_falls_and_dev_rises(model: str, task: str, run: Run) -> None:
    progress, folder = run("run", LEARNING, model=model, task=task, count=96)
    records = read(folder / "metrics.jsonl")
    losses = [record["loss"] for record in records if "loss" in record]
    assert sum(losses[-6:]) < 0.3 * sum(losses[:6])
    dev = [record["dev"]["accuracy" if task == "classify" else "f1"] for record in records if "dev" in record]
    assert max(dev) > 0.9
    assert progress.best == max(dev)
    assert progress.best_epoch == dev.index(max(dev)) + 1


def test_bf16_learns_too(run: Run) -> None:
    _, folder = run("run", replace(LEARNING, precision="bf16"), count=96)
    losses = [record["loss"] for record in read(folder / "metrics.jsonl") if "loss" in record]
    assert sum(losses[-6:]) < 0.3 * sum(losses[:6])
    assert {tensor.dtype for tensor in read_tensors(folder / "checkpoints/best/model.safetensors").values()} == {
        torch.float32
    }


def test_same_seed_same_bytes_other_seed_other_bytes(run: Run) -> None:
    one, two = (contents(run(name)[1]) for name in ("one", "two"))
    assert one == two
    other = contents(run("other", replace(QUICK, seed=1))[1])
    assert other["metrics.jsonl"] != one["metrics.jsonl"]


class Stopped(Exception): ...


def stopping(record: dict[str, Any], at: tuple[str, int]) -> None:
    kind, number = at
    if kind in record and record["step"] == number:
        raise Stopped


@pytest.mark.parametrize("at", [("loss", 1), ("loss", 3), ("loss", 4), ("dev", 4), ("loss", 7), ("dev", 12)])
@pytest.mark.parametrize("steps", [2, 3, 0])
def test_resumed_ends_with_the_same_bytes(run: Run, at: tuple[str, int], steps: int) -> None:
    settings = replace(QUICK, checkpoint_steps=steps)
    progress, whole = run("whole", settings)
    with pytest.raises(Stopped):
        run("broken", settings, report=lambda record: stopping(record, at))
    resumed, broken = run("broken", settings)
    assert contents(broken) == contents(whole)
    assert resumed == progress


def test_an_average_is_measured_kept_and_resumed(run: Run) -> None:
    settings = replace(QUICK, average=0.9)
    _, whole = run("whole", settings)
    with pytest.raises(Stopped):
        run("broken", settings, report=lambda record: stopping(record, ("loss", 7)))
    assert contents(run("broken", settings)[1]) == contents(whole)
    plain, kept = run("plain")[1], read_tensors(whole / "checkpoints/best/model.safetensors")
    losses = [[r["loss"] for r in read(f / "metrics.jsonl") if "loss" in r] for f in (plain, whole)]
    assert losses[0] == losses[1]  # what is learnt is the same
    last = read_tensors(whole / "checkpoints/last/model.safetensors")
    averages = read_tensors(whole / "checkpoints/last/memory.safetensors")
    assert averages.keys() == {f"average|{name}" for name in last}
    assert any(not torch.equal(kept[name], value) for name, value in last.items())


def test_broken_off_again_and_again(run: Run) -> None:
    _, whole = run("whole")
    for step in (3, 5, 6, 11):
        with pytest.raises(Stopped):
            run("broken", report=lambda record, step=step: stopping(record, ("loss", step)))
    assert contents(run("broken")[1]) == contents(whole)


def test_resuming_what_is_finished_changes_nothing(run: Run) -> None:
    progress, folder = run("run")
    before = contents(folder)
    told: list[dict[str, Any]] = []
    again, _ = run("run", report=told.append)
    assert (again, contents(folder), told) == (progress, before, [])


def test_killed_and_resumed(run: Run, tmp_path: Path, encoder: Callable[[str], str], reviews: Reviews) -> None:
    """A real kill, in the middle of an epoch, in another process."""
    program = """
        import os, signal, sys
        from pathlib import Path
        import pyarrow.parquet as pq
        import torch
        from kbert import backbone
        from kbert.text_model import TextModel
        from kbert.text_objective import TextObjective
        from kbert.train import Settings, train

        encoder, folder, rows = sys.argv[1:]
        torch.set_num_threads(1)
        backbone.quiet()
        torch.manual_seed(0)
        model = TextModel(model="kbert", task="classify", labels=["bad", "good"], backbone=backbone.load(encoder))
        data, dev = (model.examples(pq.ParquetFile(f"{rows}/{name}").iter_batches()) for name in ("train", "dev"))
        settings = Settings(epochs=3, batch_size=8, learning_rate=3e-3, precision="fp32", checkpoint_steps=2)
        def kill(record):
            if record["step"] == 7:
                os.kill(os.getpid(), signal.SIGKILL)

        train(TextObjective(model, data, dev), settings, Path(folder), kill)
    """
    rows, broken = tmp_path / "rows", tmp_path / "broken"
    rows.mkdir()
    broken.mkdir()
    write_part(rows / "train", [to_rows(reviews(COUNT))])
    write_part(rows / "dev", [to_rows(reviews(12, seed=1))])
    command = [sys.executable, "-c", textwrap.dedent(program), encoder("bert"), str(broken), str(rows)]
    killed = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(read(broken / "metrics.jsonl")) == 8  # of seven steps and one epoch
    run("broken")
    assert contents(broken) == contents(run("whole")[1])


def test_a_log_shorter_than_the_checkpoint(run: Run) -> None:
    _, folder = run("run")
    (folder / "metrics.jsonl").unlink()
    with pytest.raises(StoreError, match="expected the 15 records up to the checkpoint, found 0"):
        run("run")


def test_patience(run: Run, text_model: Make) -> None:
    """Nothing is learnt at rate 0, so no epoch is better than the first."""
    settings = replace(QUICK, epochs=9, learning_rate=0.0, patience=2)
    progress, folder = run("run", settings)
    assert (progress.epoch, progress.best_epoch, progress.stale) == (3, 1, 2)
    assert [record["best_epoch"] for record in read(folder / "metrics.jsonl") if "dev" in record] == [1, 1, 1]
    again, _ = run("run", settings)
    assert again == progress


def test_the_best_epoch_is_kept_not_the_last(run: Run) -> None:
    values: list[float] = []

    def report(record: dict[str, Any]) -> None:
        if "dev" in record:
            values.append(record["dev"]["accuracy"])

    progress, folder = run("run", LEARNING, count=96, report=report)
    best, last = (read_tensors(folder / "checkpoints" / name / "model.safetensors") for name in ("best", "last"))
    weight = "head.classifier.score.weight"
    assert progress.best == max(values)
    assert progress.best_epoch == values.index(max(values)) + 1 < 6
    assert not torch.equal(best[weight], last[weight])


def test_without_dev_the_last_is_the_best(run: Run) -> None:
    progress, folder = run("run", dev=False)
    assert (progress.best, progress.best_epoch) == (None, 3)
    best, last = (folder / "checkpoints" / name / "model.safetensors" for name in ("best", "last"))
    assert best.read_bytes() == last.read_bytes()
    assert [record["dev"] for record in read(folder / "metrics.jsonl") if "dev" in record] == [{}, {}, {}]


def test_what_is_reported(run: Run) -> None:
    told: list[dict[str, Any]] = []
    _, folder = run("run", report=told.append)
    steps = [record for record in told if "loss" in record]
    assert [record["step"] for record in steps] == list(range(1, 13))
    assert [record["epoch"] for record in steps] == [1] * 4 + [2] * 4 + [3] * 4
    assert {record["steps"] for record in steps} == {12}
    assert [sum(r["texts"] for r in steps if r["epoch"] == epoch) for epoch in (1, 2, 3)] == [COUNT] * 3
    dev = [record for record in told if "dev" in record]
    assert [(record["epoch"], record["step"]) for record in dev] == [(1, 4), (2, 8), (3, 12)]
    assert set(dev[0]["dev"]) == {"accuracy", "macro_f1", "texts", "unseen_labels"}
    logged = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert logged == [{k: v for k, v in r.items() if k not in ("steps", "texts")} for r in told]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_loss_that_overflows_stops_the_training(run: Run, precision: str) -> None:
    settings = replace(QUICK, learning_rate=1e30, clip=0.0, precision=precision)
    message = r"run: expected a loss that is a number, found (nan|inf) at step \d+: train with a lower learning rate"
    with pytest.raises(DataError, match=message):
        run("run", settings)


@pytest.mark.parametrize("rate", [1e10, 1e30])
def test_so_does_a_last_step_that_is_one_too_far(run: Run, rate: float) -> None:
    settings = replace(QUICK, epochs=1, batch_size=COUNT, learning_rate=rate, warmup=0.0, clip=0.0)
    with pytest.raises(
        DataError, match=r"run: expected a loss that is a number, found (nan|inf) at step 1: train with"
    ):
        run("run", settings, dev=False)


def test_several_processes_would_write_one_folder(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accelerate.Accelerator.num_processes", 2)
    with pytest.raises(OptionsError, match="training takes one process, not 2: start it without a launcher"):
        run("two")


def test_clip_bounds_the_gradient_and_zero_does_not(run: Run) -> None:
    """Under AdamW all but the very smallest clip gives other weights; none gives those of a huge one."""
    weights = []
    for clip in (0.0, 1e9, 1e-4):
        _, folder = run(f"clip {clip}", replace(QUICK, epochs=1, clip=clip))
        weights.append((folder / "checkpoints/last/model.safetensors").read_bytes())
    assert weights[0] == weights[1]
    assert weights[0] != weights[2]


def test_weights_decay_but_biases_do_not(run: Run, text_model: Make) -> None:
    """With a gradient of nothing (rate small, decay huge) only matrices shrink."""
    settings = replace(QUICK, epochs=1, learning_rate=1e-8, weight_decay=1e6, warmup=0.0)
    _, folder = run("run", settings)
    before = dict(text_model().named_parameters())
    for name, after in read_tensors(folder / "checkpoints/last/model.safetensors").items():
        shrunk = after.norm() < 0.99 * before[name].norm()
        assert bool(shrunk) == (before[name].ndim > 1), name


@pytest.mark.parametrize(("steps", "warmup"), [(1, 0.1), (10, 0.1), (100, 0.1), (10, 0.0), (10, 1.0), (7, 0.3)])
def test_the_learning_rate_rises_then_falls(steps: int, warmup: float) -> None:
    slope = [_slope(step, steps, warmup) for step in range(steps)]
    top = slope.index(max(slope))
    assert max(slope) == pytest.approx(1)
    assert 0 < min(slope) <= 1
    assert slope[: top + 1] == sorted(slope[: top + 1])
    assert slope[top:] == sorted(slope[top:], reverse=True)
    assert top == max(1, round(steps * warmup + 0.499)) - 1


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ({"epochs": 0}, "epochs: expected at least 1, found 0"),
        ({"batch_size": 0}, "batch_size: expected at least 1"),
        ({"max_padded": 0}, "max_padded: expected at least 1"),
        ({"learning_rate": float("inf")}, "learning_rate: expected at least 0, found inf"),
        ({"learning_rate": -1.0}, "learning_rate: expected at least 0"),
        ({"warmup": 1.5}, "warmup: expected at least 0 and at most 1"),
        ({"weight_decay": float("nan")}, "weight_decay: expected at least 0, found nan"),
        ({"clip": -1.0}, "clip: expected"),
        ({"patience": -1}, "patience: expected"),
        ({"seed": 2**31}, "seed: expected at least 0 and at most 2147483647, found 2147483648"),
        ({"seed": -1}, "seed: expected"),
        ({"checkpoint_steps": -1}, "checkpoint_steps: expected"),
        ({"precision": "fp16"}, "precision: expected auto, bf16 or fp32, found 'fp16'"),
    ],
)
def test_settings_out_of_range_are_refused(odd: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        Settings(**odd)


def test_the_largest_seed_trains(run: Run) -> None:
    run("run", replace(QUICK, seed=2**31 - 1, epochs=1))


def test_epochs_are_made_one_at_a_time(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resumed training makes no epoch that is done, and none makes those to come."""
    made: list[int] = []
    batches = TextObjective.batches

    def counted(self: TextObjective, epoch: int, settings: Settings) -> Any:
        made.append(epoch)
        return batches(self, epoch, settings)

    monkeypatch.setattr(TextObjective, "batches", counted)
    run("whole")
    assert made == [0, 1, 2]
    made.clear()
    run("whole", replace(QUICK, epochs=4))
    assert made == [3]
