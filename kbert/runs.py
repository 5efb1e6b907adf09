"""Finished runs, opened to be used: to measure, and to predict."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

from graphs.build import Builder
from graphs.corpus import Corpus, from_rows
from graphs.errors import OptionsError, StoreError
from graphs.recipe import Recipe
from graphs.types import Document, TextGraph
from kbert.measure import DEV, measurable, measure
from kbert.precision import best_precision
from kbert.protocol import Data, check_held_out, check_recipe, standing
from kbert.run_files import FORMAT, VERSION, predictions_path, read_json, read_known
from kbert.text_model import TextModel

_NAME = re.compile(r"\w[\w.-]*")


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
        self.described: dict[str, Any] = read_json(path)
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
        result: dict[str, Any] = read_json(path)
        return result

    def labels(self) -> list[str]:
        """The labels it learnt."""
        labels: list[str] = read_json(self.folder / "labels.json")
        return labels

    def predictions(self, name: str) -> dict[str, Any]:
        """Predictions it made on data called ``name``. Raises :class:`StoreError` if there are none."""
        path = predictions_path(self.folder, name)
        if not path.is_file():
            known = ", ".join(sorted(file.stem for file in path.parent.glob("*.json"))) or "none"
            raise StoreError(self.folder, None, f"predictions on {name!r} (kbert evaluate makes them)", known)
        predictions: dict[str, Any] = read_json(path)
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

        Raises :class:`OptionsError` for texts it was trained on, or graphs made in another way,
        unless ``any_data``, and :class:`DataError` for graphs without targets.
        """
        if not _NAME.fullmatch(name):
            raise OptionsError(f"a name of predictions has letters, digits, '_', '-' and '.', unlike {name!r}")
        if name == DEV and self.described["dev"] is not None:
            raise OptionsError(f"{DEV!r} names the predictions on the texts that chose the epoch: take another name")
        data = Data.of(Corpus.open(graphs))
        how = standing(data, self.described, read_known(self.folder))
        if not any_data:
            check_held_out(data, how)
            check_recipe(data, self.described)
        model, path, precision = self.load(), predictions_path(self.folder, name), self.plan["settings"]["precision"]
        return measure(model, measurable(model, data), data, how, path, precision=precision, on_batch=on_batch)

    def predict(
        self,
        documents: Iterable[Document],
        *,
        kg: str | None = None,
        batch: int = 512,
        on_cut: Callable[[Mapping[str, int]], None] = lambda cut: None,
    ) -> Iterator[tuple[TextGraph, dict[str, Any]]]:
        """The graph of each new text, made as those of the training were, and what the model says of it.

        ``kg`` names another folder to look for the knowledge graph in, or another graph to use;
        ``on_cut`` hears, every ``batch`` texts, what had to go for want of room.
        Raises :class:`StoreError` when the graph is missing or changed and no other is named.
        """
        builder, model = self._builder(kg), self.load()
        precision = best_precision(self.plan["settings"]["precision"], model.device)
        stream = iter(documents)
        while some := list(islice(stream, batch)):
            rows = _rows(builder, some)
            layout = model.model.layout(rows)
            on_cut(layout.cut)
            answers = model.predict(layout, precision=precision)
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
