"""Runs: a folder with everything about one training, and what can be done with it afterwards."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

from graphs import rooms
from graphs.build import Builder
from graphs.corpus import Corpus, from_rows
from graphs.errors import DataError, OptionsError, StoreError
from graphs.files import write_json
from graphs.recipe import Recipe
from graphs.types import Document, TextGraph
from kbert import backbone, checkpoint
from kbert.protocol import check_held_out, check_recipe, data_of, sentence
from kbert.text_model import TASKS, Examples, TextModel, best_precision, evaluate
from kbert.train import Report, Settings, train

FORMAT = "kbert run"
VERSION = 1
DEV = "dev"
"""The name of the predictions on the texts that choose the epoch."""

_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True)
class Plan:
    """What to train on what: every option of a run."""

    model: str
    task: str
    encoder: str
    train: str
    dev: str | None = None
    model_options: dict[str, Any] = field(default_factory=dict)
    task_options: dict[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)


def start(plan: Plan, folder: Path, *, resume: bool = False, report: Report = lambda record: None) -> dict[str, Any]:
    """Train as planned and leave a finished run in ``folder``; give its result (also in ``result.json``).

    With ``resume`` a broken run goes on where it was; its plan must be the same. Nothing is written
    before encoder and texts are known to be good. Raises :class:`OptionsError` when ``folder`` holds
    something already (without ``resume``), when dev is the training data, or when dev was made by
    another recipe.
    """
    corpus = Corpus.open(plan.train)
    dev_corpus = Corpus.open(plan.dev) if plan.dev else None
    if dev_corpus is not None:
        check_held_out(dev_corpus, data_of(corpus), DEV)
        check_recipe(dev_corpus, corpus.manifest["recipe"])
    described = _describe(plan, corpus, dev_corpus)
    _check_free(folder, described, resume)
    torch.manual_seed(plan.settings.seed)
    model = TextModel(
        model=plan.model,
        task=plan.task,
        labels=_labels(plan.task, corpus),
        model_options=plan.model_options,
        task_options=plan.task_options,
        backbone=backbone.load(plan.encoder),
    )
    data = model.examples(corpus.batches())
    dev = _measurable(model, dev_corpus) if dev_corpus is not None else None
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "run.json", described)
    progress = train(model, data, dev, plan.settings, folder, report)
    checkpoint.fill(model, folder / "checkpoints" / "best" / "model.safetensors")
    model.save_pretrained(folder)
    write_json(folder / "labels.json", model.labels)
    result: dict[str, Any] = {
        "best_epoch": progress.best_epoch,
        "epochs": progress.epoch,
        "linked_share": corpus.manifest["counts"]["linked_share"],
        "cut": {"train": dict(data.layout.cut)},
    }
    if dev is not None and dev_corpus is not None:
        measured = _measure(model, dev, dev_corpus, folder, described, DEV)
        result |= {"dev": measured["metrics"], "protocol": measured["protocol"]}
        result["cut"]["dev"] = measured["cut"]
    write_json(folder / "result.json", result)
    return result


def _labels(task: str, corpus: Corpus) -> list[str]:
    """The labels to learn; only what they are read from is read. Raises :class:`DataError` if there are no texts."""
    if not len(corpus):
        raise DataError(corpus.folder, None, "text graphs with targets to learn", "none: there are no texts")
    part = rooms.find(TASKS, task)
    labels: list[str] = part.labels(corpus.batches(["id", *part.NEEDS]))
    return labels


def _describe(plan: Plan, corpus: Corpus, dev: Corpus | None) -> dict[str, Any]:
    """What ``run.json`` says: every option, resolved, and what the run was made from."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "plan": asdict(plan),
        "recipe": corpus.manifest["recipe"],
        "train": data_of(corpus),
        "dev": None if dev is None else data_of(dev),
        "versions": {name: version(name) for name in ("kbert", "torch", "transformers", "tokenizers")},
        "python": ".".join(map(str, sys.version_info[:2])),
    }


def _check_free(folder: Path, described: dict[str, Any], resume: bool) -> None:
    """See that a run can be written to a folder, or goes on there."""
    path = folder / "run.json"
    if resume and path.is_file():
        if _read_json(path) != json.loads(json.dumps(described)):
            raise OptionsError(f"{path} was written with other options or data: resume with the same, or train anew")
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        hint = "it holds no run to go on with" if resume else "name another folder, or pass --resume to go on with it"
        raise OptionsError(f"{folder} is there already: {hint}")


def _read_json(path: Path) -> Any:
    """What a file of a run says. Raises :class:`StoreError` if it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StoreError(path, None, "a file of the run", "nothing there") from error
    except ValueError as error:
        raise StoreError(path, None, "whole JSON", str(error)) from error


def _measurable(model: TextModel, corpus: Corpus) -> Examples:
    """The examples of text graphs with targets. Raises :class:`DataError` where no text has one."""
    examples = model.examples(corpus.batches())
    if all(gold is None for gold in examples.gold):
        raise DataError(corpus.folder, None, f"texts with targets for {model.settings['task']}", "none with any")
    return examples


def _measure(
    model: TextModel,
    examples: Examples,
    corpus: Corpus,
    folder: Path,
    described: dict[str, Any],
    name: str,
    on_batch: Callable[[int], None] = lambda n: None,
) -> dict[str, Any]:
    """Predict, measure, and keep the predictions in the run under ``name``."""
    precision = best_precision(described["plan"]["settings"]["precision"], model.device)
    predictions = model.predict(examples.layout, precision=precision, on_batch=on_batch)
    metrics, _ = evaluate(model, examples, predictions)
    about = {
        "protocol": sentence(model.task.primary(model.labels).name, metrics["texts"], corpus, described),
        "linked_share": corpus.manifest["counts"]["linked_share"],
        "cut": dict(examples.layout.cut),
    }
    rows = zip(examples.ids, examples.gold, predictions, strict=True)
    path = folder / "predictions" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    kept = {"data": corpus.manifest["parts"], "texts": corpus.manifest["texts"], **about}
    write_json(path, {**kept, "predictions": [{"id": i, "gold": gold, **said} for i, gold, said in rows]})
    return {"metrics": metrics, **about}


class Run:
    """A finished run, opened to be used.

    Raises :class:`StoreError` if the folder is no run, or of another version.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        path = self.folder / "run.json"
        if not path.is_file():
            found = "a folder without run.json" if self.folder.is_dir() else "no such folder"
            raise StoreError(self.folder, None, "a run (see kbert train)", found)
        self.described: dict[str, Any] = _read_json(path)
        if self.described.get("format") != FORMAT or self.described.get("version") != VERSION:
            found = f"{self.described.get('format')!r} version {self.described.get('version')!r}"
            raise StoreError(path, None, f"{FORMAT!r} version {VERSION}", found)

    @property
    def plan(self) -> dict[str, Any]:
        """The options it was trained with."""
        plan: dict[str, Any] = self.described["plan"]
        return plan

    @property
    def recipe(self) -> Recipe:
        """How its text graphs were made."""
        return Recipe.from_dict(self.described["recipe"])

    def result(self) -> dict[str, Any]:
        """Its result. Raises :class:`StoreError` if the training was not finished."""
        path = self.folder / "result.json"
        if not path.is_file():
            raise StoreError(self.folder, None, "a finished run", "one without result.json (finish it with --resume)")
        result: dict[str, Any] = _read_json(path)
        return result

    def labels(self) -> list[str]:
        """The labels it learnt."""
        labels: list[str] = _read_json(self.folder / "labels.json")
        return labels

    def predictions(self, name: str) -> dict[str, Any]:
        """Predictions it made on data called ``name``. Raises :class:`StoreError` if there are none."""
        path = self.folder / "predictions" / f"{name}.json"
        if not path.is_file():
            known = ", ".join(sorted(file.stem for file in path.parent.glob("*.json"))) or "none"
            raise StoreError(self.folder, None, f"predictions on {name!r} (kbert evaluate makes them)", known)
        predictions: dict[str, Any] = _read_json(path)
        return predictions

    def load(self) -> TextModel:
        """The trained model, ready to answer."""
        self.result()
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return TextModel.from_pretrained(str(self.folder), map_location=device)

    def evaluate(
        self, graphs: str | Path, *, name: str, any_data: bool = False, on_batch: Callable[[int], None] = lambda n: None
    ) -> dict[str, Any]:
        """Measure on text graphs with targets; keep the predictions under ``name``.

        Raises :class:`OptionsError` for the data it was trained on, or graphs made in another way,
        unless ``any_data``, and :class:`DataError` for graphs without targets.
        """
        if not _NAME.fullmatch(name):
            raise OptionsError(f"a name of predictions has letters, digits, '_', '-' and '.', unlike {name!r}")
        if name == DEV and self.described["dev"] is not None:
            raise OptionsError(f"{DEV!r} names the predictions on the texts that chose the epoch: take another name")
        corpus = Corpus.open(graphs)
        if not any_data:
            check_held_out(corpus, self.described["train"], "evaluate")
            check_recipe(corpus, self.described["recipe"])
        model = self.load()
        return _measure(model, _measurable(model, corpus), corpus, self.folder, self.described, name, on_batch)

    def predict(
        self, documents: Iterable[Document], *, kg: str | None = None, batch: int = 512
    ) -> Iterator[tuple[TextGraph, dict[str, Any]]]:
        """The graph of each new text, made as those of the training were, and what the model says of it.

        ``kg`` names another folder to look for the knowledge graph in, or another graph to use.
        Raises :class:`StoreError` when the graph is missing or changed and no other is named.
        """
        builder, model = self._builder(kg), self.load()
        precision = best_precision(self.plan["settings"]["precision"], model.device)
        stream = iter(documents)
        while some := list(islice(stream, batch)):
            rows = _rows(builder, some)
            answers = model.predict(model.model.layout(rows), precision=precision)
            yield from zip(from_rows(rows), answers, strict=True)

    def _builder(self, kg: str | None) -> Builder:
        """What makes text graphs as those of the training were made."""
        known = self.recipe.kg
        if known is None and kg is not None:
            raise OptionsError(f"{self.folder} was trained on graphs without facts: a knowledge graph adds nothing")
        if kg is None and known is not None and not Path(known).exists():
            expected = "the knowledge graph of the training (--kg says where it is)"
            raise StoreError(known, None, expected, "nothing there")
        return self.recipe.builder(kg)


def _rows(builder: Builder, documents: Sequence[Document]) -> pa.RecordBatch:
    rows, _ = builder(documents)
    return rows
