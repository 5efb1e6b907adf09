"""Runs: a folder with everything about one training, and what can be done with it afterwards."""

import json
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
from graphs.errors import OptionsError, StoreError
from graphs.files import write_json
from graphs.recipe import Recipe
from graphs.types import Document, TextGraph
from kbert import backbone, checkpoint
from kbert.text_model import TASKS, TextModel, best_precision, evaluate
from kbert.train import Report, Settings, train

FORMAT = "kbert run"
VERSION = 1
LINKED_SHARE = 0.05
"""Below this share of text graphs with facts nothing can be said of knowledge."""


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

    With ``resume`` a broken run goes on where it was; its plan must be the same. Raises
    :class:`OptionsError` when ``folder`` holds something already (without ``resume``), when dev is
    the training data, or when dev was made by another recipe.
    """
    corpus = Corpus.open(plan.train)
    dev_corpus = Corpus.open(plan.dev) if plan.dev else None
    if dev_corpus is not None:
        _check_held_out(dev_corpus, corpus.manifest, "dev")
        _check_recipe(dev_corpus, corpus.manifest["recipe"])
    described = _describe(plan, corpus, dev_corpus)
    _claim(folder, described, resume)
    torch.manual_seed(plan.settings.seed)
    task = rooms.find(TASKS, plan.task)
    model = TextModel(
        model=plan.model,
        task=plan.task,
        labels=task.labels(corpus.batches(_columns())),
        model_options=plan.model_options,
        task_options=plan.task_options,
        backbone=backbone.load(plan.encoder),
    )
    data = model.examples(corpus.batches())
    dev = model.examples(dev_corpus.batches()) if dev_corpus is not None else None
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
        precision = best_precision(plan.settings.precision, model.device)
        predictions = model.predict(dev.layout, precision=precision)
        metrics, _ = evaluate(model, dev, predictions)
        _write_predictions(folder, "dev", dev.ids, dev.gold, predictions, dev_corpus)
        result["cut"]["dev"] = dict(dev.layout.cut)
        result["dev"] = metrics
        result["protocol"] = _protocol(model, dev_corpus, "dev; the epoch was chosen on it")
    write_json(folder / "result.json", result)
    return result


def _describe(plan: Plan, corpus: Corpus, dev: Corpus | None) -> dict[str, Any]:
    """What ``run.json`` says: every option, resolved, and what the run was made from."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "plan": asdict(plan),
        "recipe": corpus.manifest["recipe"],
        "train": _data_of(corpus),
        "dev": None if dev is None else _data_of(dev),
        "versions": {name: version(name) for name in ("kbert", "torch", "transformers", "tokenizers")},
        "python": ".".join(map(str, sys.version_info[:2])),
    }


def _data_of(corpus: Corpus) -> dict[str, Any]:
    return {"texts": corpus.manifest["texts"], "parts": corpus.manifest["parts"], "counts": corpus.manifest["counts"]}


def _columns() -> list[str]:
    """What labels are read from; the rest of the rows stays on disk."""
    return ["id", "tokens", "target"]


def _claim(folder: Path, described: dict[str, Any], resume: bool) -> None:
    path = folder / "run.json"
    if path.is_file() and resume:
        if json.loads(path.read_text(encoding="utf-8")) != json.loads(json.dumps(described)):
            raise OptionsError(f"{path} was written with other options or data: resume with the same, or train anew")
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OptionsError(f"{folder} is there already: name another folder, or pass --resume to go on with it")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(path, described)


def _check_held_out(corpus: Corpus, trained_on: dict[str, Any], name: str) -> None:
    """Refuse to measure on the files that were trained on."""
    known = {file["sha256"] for file in trained_on["texts"]["files"]}
    for file in corpus.manifest["texts"]["files"]:
        if file["sha256"] in known and file["sha256"] is not None:
            raise OptionsError(f"{name}: {file['name']} is what was trained on; measure on texts that are held out")


def _check_recipe(corpus: Corpus, recipe: dict[str, Any]) -> None:
    """Refuse graphs that were made in another way than those trained on."""
    other = corpus.manifest["recipe"]
    odd = [key for key in recipe if key != "kg" and recipe[key] != other.get(key)]
    if odd:
        raise OptionsError(f"{corpus.folder} was built with another {', '.join(odd)} than the graphs trained on")


def _protocol(model: TextModel, corpus: Corpus, what: str) -> str:
    """How a number was come by, to stand beside it."""
    files = ", ".join(file["name"] for file in corpus.manifest["texts"]["files"])
    return f"{model.task.PRIMARY} over all {len(corpus):,} texts of {files} ({what})"


def _write_predictions(
    folder: Path, name: str, ids: Sequence[str], gold: Sequence[Any], predictions: Sequence[Any], corpus: Corpus
) -> Path:
    path = folder / "predictions" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    rows = [{"id": i, "gold": g, **p} for i, g, p in zip(ids, gold, predictions, strict=True)]
    write_json(path, {"data": corpus.manifest["parts"], "texts": corpus.manifest["texts"], "predictions": rows})
    return path


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
        try:
            self.described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise StoreError(path, None, "whole JSON", str(error)) from error
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
        result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return result

    def labels(self) -> list[str]:
        """The labels it learnt."""
        read: list[str] = json.loads((self.folder / "labels.json").read_text(encoding="utf-8"))
        return read

    def predictions(self, name: str) -> dict[str, Any]:
        """Predictions it made on data called ``name``. Raises :class:`StoreError` if there are none."""
        path = self.folder / "predictions" / f"{name}.json"
        if not path.is_file():
            known = sorted(file.stem for file in path.parent.glob("*.json"))
            raise StoreError(self.folder, None, f"predictions on {name!r} (kbert evaluate makes them)", f"{known}")
        read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return read

    def load(self) -> TextModel:
        """The trained model, ready to answer."""
        self.result()
        device = "cuda" if torch.cuda.is_available() else "cpu"
        model: TextModel = TextModel.from_pretrained(str(self.folder), map_location=device)
        return model

    def evaluate(
        self, graphs: str | Path, *, name: str, any_data: bool = False, on_batch: Callable[[int], None] = lambda n: None
    ) -> dict[str, Any]:
        """Measure on text graphs with targets; keep the predictions under ``name``.

        Raises :class:`OptionsError` for the data it was trained on, or graphs made in another way,
        unless ``any_data``.
        """
        corpus = Corpus.open(graphs)
        if not any_data:
            _check_held_out(corpus, self.described["train"], "evaluate")
            _check_recipe(corpus, self.described["recipe"])
        model = self.load()
        examples = model.examples(corpus.batches())
        precision = best_precision(self.plan["settings"]["precision"], model.device)
        predictions = model.predict(examples.layout, precision=precision, on_batch=on_batch)
        metrics, _ = evaluate(model, examples, predictions)
        _write_predictions(self.folder, name, examples.ids, examples.gold, predictions, corpus)
        return {
            "metrics": metrics,
            "protocol": _protocol(model, corpus, "nothing was chosen on it here"),
            "linked_share": corpus.manifest["counts"]["linked_share"],
            "cut": dict(examples.layout.cut),
        }

    def predict(
        self, documents: Iterable[Document], *, kg: str | None = None, batch: int = 512
    ) -> Iterator[tuple[TextGraph, dict[str, Any]]]:
        """The graph of each new text, made as those of the training were, and what the model says of it.

        ``kg`` names another folder to look for the knowledge graph in, or another graph to use.
        """
        model, builder = self.load(), self.recipe.builder(kg)
        precision = best_precision(self.plan["settings"]["precision"], model.device)
        stream = iter(documents)
        while some := list(islice(stream, batch)):
            rows = _rows(builder, some)
            answers = model.predict(model.model.layout(rows), precision=precision)
            yield from zip(from_rows(rows), answers, strict=True)


def _rows(builder: Builder, documents: Sequence[Document]) -> pa.RecordBatch:
    rows, _ = builder(documents)
    return rows
