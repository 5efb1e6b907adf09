"""The training loop, on one page."""

import math
from collections.abc import Callable, Sequence, Sized
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from jaxtyping import Float, Int
from torch import Tensor, nn

from graphs.errors import DataError, OptionsError
from graphs.options import LARGEST_SEED, check_choice, check_range
from kbert import checkpoint
from kbert.averaging import PREFIX, Average
from kbert.checkpoint import Progress
from kbert.metrics_log import MetricsLog
from kbert.precision import PRECISIONS, best_precision


@dataclass(frozen=True)
class Settings:
    """How to train. Defaults are those of K-BERT's paper (learning rate, warm-up, decay, batch size, epochs).

    ``warmup`` is a share of all steps, ``clip`` the longest gradient (0: any), ``max_padded`` the
    pieces of a batch at most, padding included; ``checkpoint_steps`` 0 saves after epochs only.
    With ``average`` a moving average of the weights, which keeps that share at each step, is what is
    measured and kept (0: the weights themselves).
    Raises :class:`OptionsError` for a value out of range.
    """

    epochs: int = 5
    batch_size: int = 32
    max_padded: int = 16_384
    learning_rate: float = 2e-5
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    average: float = 0.0
    patience: int = 0
    seed: int = 0
    precision: str = "auto"
    checkpoint_steps: int = 500

    def __post_init__(self) -> None:
        """Refuse what no training could go by, before anything is written."""
        for name in ("epochs", "batch_size", "max_padded"):
            check_range(name, getattr(self, name), 1)
        for name in ("learning_rate", "weight_decay", "clip", "patience", "checkpoint_steps"):
            check_range(name, getattr(self, name), 0)
        check_range("warmup", self.warmup, 0, most=1)
        check_range("average", self.average, 0, below=1)
        check_range("seed", self.seed, 0, most=LARGEST_SEED)  # or the seeds of steps would overflow
        check_choice("precision", self.precision, PRECISIONS)


Autocast = Callable[[], AbstractContextManager[Any]]
"""Within it the encoder computes in the precision of the training."""


LOWER = "train with a lower learning rate or in fp32"
"""What to do about a loss that overflows."""

LossAndCount = tuple[Float[Tensor, ""], Int[Tensor, ""]]
"""A loss, summed, and over how many targets."""

Losses = LossAndCount | dict[str, LossAndCount]
"""One loss, or several by name whose means are added up."""

Memory = dict[str, Tensor]
"""What passes from step to step, by name."""


@runtime_checkable
class Objective(Protocol):
    """What a model is trained for: which batches, what loss, and how well it does by now."""

    @property
    def model(self) -> nn.Module:
        """What is trained."""
        ...

    def batches(self, epoch: int, settings: "Settings") -> Sequence[Sized]:
        """The batches of an epoch, the same whenever they are asked for; the length of one is shown."""
        ...

    def loss(self, network: nn.Module, batch: Any, autocast: Autocast) -> Losses:
        """The loss of a batch, or several. ``network`` is the model, perhaps wrapped."""
        ...

    def measure(self, precision: torch.dtype) -> tuple[dict[str, Any], float] | None:
        """Metrics on dev and the one of them that chooses the epoch, the larger the better; None without dev."""
        ...


@runtime_checkable
class Remembers(Protocol):
    """An objective with something that passes from step to step, which checkpoints then hold too."""

    def memory(self) -> Memory:
        """What it has kept of the steps so far."""
        ...

    def remember(self, memory: Memory) -> None:
        """Take up what :meth:`memory` gave."""
        ...


Report = Callable[[dict[str, Any]], None]
"""Told of every step (``loss``), every evaluation (``dev``) and of what comes before (``preparing``), as a mapping."""


def train(objective: Objective, settings: Settings, folder: Path, report: Report) -> Progress:
    """Train, evaluate after every epoch, keep the best and the last checkpoint in ``folder``.

    Goes on from ``folder/checkpoints/last`` if that is there. Every random choice depends on the
    seed and the step alone, so that a training that was broken off and resumed has the losses of
    an unbroken one. Without dev the last epoch is the best. ``patience`` epochs without a
    better one end the training (0: never). Raises :class:`DataError` if the loss overflows, and
    :class:`OptionsError` under a launcher of several processes, which would all write this folder.
    """
    accelerator = Accelerator(mixed_precision="no")
    if accelerator.num_processes > 1:
        raise OptionsError(f"training takes one process, not {accelerator.num_processes}: start it without a launcher")
    model = objective.model.to(accelerator.device)
    precision = best_precision(settings.precision, accelerator.device)
    optimizer = torch.optim.AdamW(_groups(model, settings), lr=settings.learning_rate, fused=True)
    last, best = folder / "checkpoints" / "last", folder / "checkpoints" / "best"
    progress = checkpoint.load(last, model, optimizer)
    average = Average(model, settings.average) if settings.average else None
    if progress is None:
        progress = Progress()
    else:
        _remember(checkpoint.load_memory(last), objective, average)
    network, optimizer = accelerator.prepare(model, optimizer)
    autocast = partial(torch.autocast, accelerator.device.type, dtype=precision, enabled=precision != torch.float32)

    with MetricsLog(folder / "metrics.jsonl", keep=progress.records) as log:
        while progress.epoch < settings.epochs and not (settings.patience and progress.stale >= settings.patience):
            batches = objective.batches(progress.epoch, settings)
            # The epochs to come are not made yet: as if each of them had as many steps as this one.
            steps = progress.step - progress.batch + (settings.epochs - progress.epoch) * len(batches)
            while progress.batch < len(batches):
                for group in optimizer.param_groups:
                    group["lr"] = settings.learning_rate * _slope(progress.step, steps, settings.warmup)
                torch.manual_seed(settings.seed * 1_000_003 + progress.step)
                batch = batches[progress.batch]
                network.train()
                losses = _means(accelerator, objective.loss(network, batch, autocast))
                accelerator.backward(sum(losses.values()))
                if settings.clip:
                    accelerator.clip_grad_norm_(network.parameters(), settings.clip)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                progress.step, progress.batch = progress.step + 1, progress.batch + 1
                if average is not None:
                    average.update(progress.step)
                shown = _shown(accelerator, losses)
                finite(shown["loss"], folder, progress, do=LOWER)
                record = {"step": progress.step, "epoch": progress.epoch + 1, **shown}
                log.write(record)
                report(record | {"steps": steps, "texts": len(batch)})
                if settings.checkpoint_steps and progress.step % settings.checkpoint_steps == 0:
                    _save(last, objective, optimizer, progress, log, average)
            finite(_loss_by_now(objective, network, batches[-1], autocast), folder, progress, do=LOWER)
            progress.epoch, progress.batch = progress.epoch + 1, 0
            with nullcontext() if average is None else average.instead():
                _evaluate(objective, precision, progress, best, log, report)
            _save(last, objective, optimizer, progress, log, average)
    return progress


def finite(loss: float, folder: Path, progress: Progress, *, do: str = "train with a lower learning rate") -> float:
    """A loss, which must be a number; ``do`` says what else to do. Raises :class:`DataError` for another."""
    if math.isfinite(loss):
        return loss
    raise DataError(folder, None, "a loss that is a number", f"{loss} at step {progress.step}: {do}")


@torch.no_grad()
def _loss_by_now(objective: Objective, network: nn.Module, batch: Any, autocast: Autocast) -> float:
    """The loss of a batch after the last step, which may have been one too far. Nothing is learnt or remembered."""
    memory = objective.memory() if isinstance(objective, Remembers) else {}
    network.eval()
    losses = _named(objective.loss(network, batch, autocast)).values()
    if isinstance(objective, Remembers):
        objective.remember(memory)
    return float(sum(total / count.float().clamp(min=1) for total, count in losses))


def _groups(model: nn.Module, settings: Settings) -> list[dict[str, Any]]:
    """Weights decay; biases and the gains of normalisation do not."""
    trained = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    groups: dict[bool, list[Tensor]] = {True: [], False: []}
    for name, parameter in trained:
        groups[parameter.ndim > 1 and name.rpartition(".")[2] != "bias"].append(parameter)
    return [
        {"params": groups[True], "weight_decay": settings.weight_decay},
        {"params": groups[False], "weight_decay": 0.0},
    ]


def _slope(step: int, steps: int, warmup: float) -> float:
    """Share of the learning rate at a step: up in a straight line over the warm-up, then down to 0."""
    rising = max(1, math.ceil(steps * warmup))
    return min((step + 1) / rising, (steps - step) / max(1, steps - rising))


def _named(losses: Losses) -> dict[str, LossAndCount]:
    return losses if isinstance(losses, dict) else {"loss": losses}


def _means(accelerator: Accelerator, losses: Losses) -> dict[str, Tensor]:
    """The losses per target over the batches of all processes, whose gradients will be averaged."""
    means = {}
    for name, (total, count) in _named(losses).items():
        everywhere = accelerator.reduce(count.float(), "sum").clamp(min=1)
        means[name] = total / everywhere * accelerator.num_processes
    return means


def _shown(accelerator: Accelerator, losses: dict[str, Tensor]) -> dict[str, float]:
    """The losses as numbers, their sum first."""
    parts = {name: float(accelerator.reduce(loss.detach(), "mean")) for name, loss in losses.items()}
    return {"loss": sum(parts.values()), **{name: part for name, part in parts.items() if name != "loss"}}


def _save(
    folder: Path,
    objective: Objective,
    optimizer: AcceleratedOptimizer,
    progress: Progress,
    log: MetricsLog,
    average: Average | None,
) -> None:
    log.sync()
    progress.records = log.count
    memory = {
        **(objective.memory() if isinstance(objective, Remembers) else {}),
        **({} if average is None else average.memory()),
    }
    checkpoint.save(folder, objective.model, optimizer.optimizer, progress, memory)


def _remember(memory: Memory, objective: Objective, average: Average | None) -> None:
    """Take up what passes from step to step."""
    if isinstance(objective, Remembers):
        objective.remember({name: value for name, value in memory.items() if not name.startswith(PREFIX)})
    if average is not None:
        average.remember(memory)


def _evaluate(
    objective: Objective,
    precision: torch.dtype,
    progress: Progress,
    best: Path,
    log: MetricsLog,
    report: Report,
) -> None:
    """Evaluate after an epoch and keep the weights if they are the best so far."""
    metrics, value = objective.measure(precision) or (None, None)
    if progress.evaluated(metrics, value):
        best.mkdir(parents=True, exist_ok=True)
        checkpoint.write_tensors(best / "model.safetensors", checkpoint.tensors(objective.model))
    plain = {name: value for name, value in (metrics or {}).items() if isinstance(value, int | float)}
    record = {"step": progress.step, "epoch": progress.epoch, "dev": plain, "best_epoch": progress.best_epoch}
    log.write(record)
    report(record)
