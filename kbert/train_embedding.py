"""Training an embedding of a knowledge graph: a loop of its own, whose steps touch some rows of large tables."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from graphs.errors import StoreError
from graphs.files import link_or_copy, write_json
from graphs.options import LARGEST_SEED, check_choice, check_range
from kbert import checkpoint
from kbert.checkpoint import Progress
from kbert.entities.by_embedding import ByEmbedding
from kbert.entities.embedding import FILES, Embedding
from kbert.entities.losses import Learning, OneVsAll, Sampled
from kbert.entities.row_adagrad import AdagradTable
from kbert.entities.vectors import name_by_graph
from kbert.metrics_log import MetricsLog
from kbert.ranking.link_dev import LinkDev
from kbert.run_folder import begun, check_free
from kbert.train import Report, finite
from kbert.triple_training import Splits, described, leaks
from kbert.triples.ids import TripleIds

Loss = Literal["negatives", "1vsall"]


@dataclass(frozen=True)
class EmbeddingSettings:
    """How to train.

    ``evaluate_every`` counts epochs; ``patience`` evaluations without a better one end the training
    (0: never). Raises :class:`OptionsError` for a value out of range.
    """

    epochs: int = 50
    batch_size: int = 1_024
    learning_rate: float = 0.1
    evaluate_every: int = 1
    patience: int = 0
    seed: int = 0
    checkpoint_steps: int = 2_000

    def __post_init__(self) -> None:
        """Refuse what no training could go by."""
        for name in ("epochs", "batch_size", "evaluate_every"):
            check_range(name, getattr(self, name), 1)
        for name in ("learning_rate", "patience", "checkpoint_steps"):
            check_range(name, getattr(self, name), 0)
        check_range("seed", self.seed, 0, most=LARGEST_SEED)


@dataclass(frozen=True)
class EmbeddingPlan:
    """What to train on which graph: every option of a run. Raises :class:`OptionsError` for a value out of range."""

    method: str
    kg: str
    width: int = 100
    loss: Loss = "negatives"
    negatives: int = 32
    margin: float = 9.0
    adversarial: float = 1.0
    n3: float = 0.0
    spread: float = 0.1
    method_options: dict[str, Any] = field(default_factory=dict)
    settings: EmbeddingSettings = field(default_factory=EmbeddingSettings)

    def __post_init__(self) -> None:
        """Refuse what no training could go by."""
        check_choice("loss", self.loss, get_args(Loss))
        for name in ("width", "negatives"):
            check_range(name, getattr(self, name), 1)
        for name in ("margin", "adversarial", "n3", "spread"):
            check_range(name, getattr(self, name), 0)


def train_embedding(
    plan: EmbeddingPlan, folder: Path, *, resume: bool = False, report: Report = lambda record: None
) -> dict[str, Any]:
    """Train as planned and leave a finished run in ``folder``; give its result (also in ``result.json``).

    Raises :class:`OptionsError` for ``patience`` without dev, and what
    :meth:`kbert.triple_training.Splits.of` and :func:`kbert.run_folder.check_free` raise.
    """
    splits = Splits.of(plan.kg)
    splits.check_patience(plan.settings.patience)
    embedding = Embedding.drawn(
        plan.method,
        plan.width,
        splits.kg,
        spread=plan.spread,
        seed=plan.settings.seed,
        method_options=plan.method_options,
    )
    settings = {**asdict(plan.settings), "precision": "fp32"}  # as what reads runs expects; there is no other
    options = {"settings": settings, "method_options": embedding.settings["method_options"]}
    about = described("embedding", {**asdict(plan), **options}, splits.kg)
    check_free(folder, about, resume=resume)
    with begun(folder, about, resume=resume):
        dev = LinkDev(splits.dev.true, splits.true, seed=plan.settings.seed) if len(splits.dev.true) else None
        progress = _Training(plan, splits.train.true, dev, embedding, folder, report).run()
        best = Embedding.load(folder / "checkpoints" / "best")
        for name in FILES:
            link_or_copy(folder / "checkpoints" / "best" / name, folder / name)
        name_by_graph(folder, splits.kg, best.entities.numpy())
        result: dict[str, Any] = {
            "best_epoch": progress.best_epoch,
            "epochs": progress.epoch,
            "leaks": {name: leaks(splits.kg, splits.train.true, name) for name in ("dev", "test")},
        }
        if dev is not None:
            result |= {"dev": progress.metrics, "protocol": dev.protocol}
        write_json(folder / "result.json", result)
    return result


class _Training:
    """Tables of vectors, what they learn from, and how far that has come."""

    def __init__(
        self,
        plan: EmbeddingPlan,
        train: TripleIds,
        dev: LinkDev | None,
        embedding: Embedding,
        folder: Path,
        report: Report,
    ) -> None:
        self._plan, self._folder, self._report = plan, folder, report
        self._embedding, self._train, self._dev = embedding, train, dev
        self._tables = {"entities": AdagradTable(embedding.entities), "relations": AdagradTable(embedding.relations)}
        if plan.loss == "1vsall":
            self._objective: Learning = OneVsAll(embedding.method, train, n3=plan.n3)
        else:
            how: dict[str, Any] = {
                "negatives": plan.negatives,
                "margin": plan.margin,
                "adversarial": plan.adversarial,
                "n3": plan.n3,
            }
            sizes = len(embedding), len(embedding.relations)
            self._objective = Sampled(embedding.method, train, *sizes, **how)

    def run(self) -> Progress:
        """Go on from the last checkpoint, if there is one, to the end."""
        settings, progress = self._plan.settings, self._resumed()
        with MetricsLog(self._folder / "metrics.jsonl", keep=progress.records) as log:
            while progress.epoch < settings.epochs and not (settings.patience and progress.stale >= settings.patience):
                self._epoch(progress, log)
                progress.epoch, progress.batch = progress.epoch + 1, 0
                if progress.epoch % settings.evaluate_every == 0 or progress.epoch == settings.epochs:
                    self._evaluate(progress, log)
                self._save(progress, log)
        return progress

    def _epoch(self, progress: Progress, log: MetricsLog) -> None:
        settings, size = self._plan.settings, self._plan.settings.batch_size
        order = np.random.default_rng((settings.seed, progress.epoch)).permutation(len(self._objective))
        batches = range(0, len(order), size)
        while progress.batch < len(batches):
            start = batches[progress.batch]
            generator = np.random.default_rng((settings.seed, progress.epoch, progress.batch))
            which, rate = order[start : start + size], settings.learning_rate
            loss = self._objective.step(which, generator, **self._tables, rate=rate)
            progress.step, progress.batch = progress.step + 1, progress.batch + 1
            record = {"step": progress.step, "epoch": progress.epoch + 1, "loss": finite(loss, self._folder, progress)}
            log.write(record)
            steps = settings.epochs * len(batches)
            self._report(record | {"steps": steps, "texts": min(size, len(order) - start)})
            if settings.checkpoint_steps and progress.step % settings.checkpoint_steps == 0:
                self._save(progress, log)
        # The last step may have been one too far.
        some = self._train.where(np.arange(min(size, len(self._train))))
        finite(float(self._embedding.margins(some).sum()), self._folder, progress)

    def _evaluate(self, progress: Progress, log: MetricsLog) -> None:
        """Rank dev, and keep the vectors if they are the best so far; the last ones, without dev."""
        metrics, value = (None, None) if self._dev is None else self._dev.measure(ByEmbedding(self._embedding))
        if progress.evaluated(metrics, value):
            best = self._folder / "checkpoints" / "best"
            best.mkdir(parents=True, exist_ok=True)
            self._embedding.save(best)
        record = {
            "step": progress.step,
            "epoch": progress.epoch,
            "dev": metrics or {},
            "best_epoch": progress.best_epoch,
        }
        log.write(record)
        self._report(record)

    def _save(self, progress: Progress, log: MetricsLog) -> None:
        log.sync()
        progress.records = log.count
        files = {
            "model": {name: table.values for name, table in self._tables.items()},
            "optimizer": {name: table.state for name, table in self._tables.items()},
        }
        checkpoint.save_files(self._folder / "checkpoints" / "last", files, progress)

    def _resumed(self) -> Progress:
        """Where the last checkpoint stands, its vectors taken up."""
        last = self._folder / "checkpoints" / "last"
        progress = checkpoint.load_progress(last)
        if progress is None:
            return Progress()
        for file, field_ in (("model", "values"), ("optimizer", "state")):
            kept = checkpoint.read_tensors(last / f"{file}.safetensors")
            for name, table in self._tables.items():
                own = getattr(table, field_)
                if name not in kept or kept[name].shape != own.shape:
                    path = last / f"{file}.safetensors"
                    raise StoreError(path, None, f"{name} of shape {list(own.shape)}", "others")
                own.copy_(kept[name])
        return progress
