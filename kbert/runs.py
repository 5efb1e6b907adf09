"""Finished runs, opened to be used: to measure, and to predict."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from graphs import rooms
from graphs.build import Builder
from graphs.corpus import Corpus, from_rows
from graphs.digests import digests_of
from graphs.errors import OnBad, OptionsError, StoreError, stop
from graphs.knowledge import KnowledgeGraph
from graphs.pipeline import BATCH
from graphs.recipe import Recipe
from graphs.texts import Texts
from graphs.types import Document, TextGraph
from kbert.measure import DEV, measurable, measure
from kbert.precision import best_precision, here
from kbert.protocol import Data, check_held_out, check_recipe, standing
from kbert.run_files import (
    DESCRIBED,
    FORMAT,
    PREDICTIONS,
    RESULT,
    VERSION,
    check_name,
    own_predictions,
    read_described,
    read_json,
    read_known,
    read_predictions,
    read_result,
)
from kbert.text_model import TASKS, TextModel
from kbert.word_vectors import WordVectors


class Run:
    """A finished run, opened to be used.

    Raises :class:`StoreError` if the folder is no run, or of another version.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.described: dict[str, Any] = read_described(self.folder, FORMAT, VERSION, DESCRIBED)

    @property
    def plan(self) -> dict[str, Any]:
        """The options it was trained with."""
        plan: dict[str, Any] = self.described["plan"]
        return plan

    @property
    def recipe(self) -> Recipe:
        """How its text graphs were made. Raises :class:`StoreError` if ``run.json`` is damaged there."""
        try:
            return Recipe.from_dict(self.described["recipe"])
        except (TypeError, LookupError) as error:
            raise StoreError(self.folder / "run.json", None, "a recipe of text graphs", str(error)) from error

    def result(self) -> dict[str, Any]:
        """Its result. Raises :class:`StoreError` if the training was not finished."""
        return read_result(self.folder, RESULT)

    def labels(self) -> list[str]:
        """The labels it learnt."""
        labels: list[str] = read_json(self.folder / "labels.json", [str])
        return labels

    def predictions(self, name: str) -> dict[str, Any]:
        """Predictions it made on data called ``name``. Raises :class:`StoreError` if there are none."""
        return read_predictions(self.folder, name, PREDICTIONS)

    def load(self) -> TextModel:
        """The trained model, ready to answer."""
        self.result()
        return TextModel.from_pretrained(str(self.folder), map_location=str(here()))

    def evaluate(
        self,
        source: str | Path | Texts,
        *,
        name: str,
        kg: str | None = None,
        overwrite: bool = False,
        any_data: bool = False,
        unseen: bool = False,
        linked: bool = False,
        bad: OnBad = stop,
        on_batch: Callable[[int], None] = lambda n: None,
    ) -> dict[str, Any]:
        """Measure on a folder of text graphs, or on files, with targets; keep the predictions under ``name``.

        Files become graphs as those of the training did, with the knowledge graph in the folder
        ``kg`` if that is named; ``bad`` hears of their bad lines. With ``unseen`` texts that it was
        trained on are left out and counted, with ``linked`` those without a link (of a task about spans:
        without one in a span). Raises :class:`OptionsError` for
        texts it was trained on, or graphs made in another way, unless ``any_data``; where there are
        predictions on other texts under this name, unless ``overwrite``; :class:`DataError` for
        texts without targets; and :class:`StoreError` while another evaluation under this name, or a training
        of the run, is at work.
        """
        check_name(name, "predictions")
        if name == DEV and self.described["dev"] is not None:
            raise OptionsError(f"{DEV!r} names the predictions on the texts that chose the epoch: take another name")
        data = self._made(source, kg, bad) if isinstance(source, Texts) else Data.of(Corpus.open(source), self._roles)
        known = read_known(self.folder)
        if unseen:
            if known.train is None:
                raise OptionsError(f"{self.folder} does not hold which texts it was trained on: train it anew")
            data = data.without(known.train)
        if linked:
            data = data.linked()
        how = standing(data, self.described, known)
        if not any_data:
            check_held_out(data, how)
            check_recipe(data.name, data.recipe, self.described)
        with own_predictions(self.folder, name) as path:
            if not overwrite:
                _check_same(path, data)
            model, precision = self.load(), self.plan["settings"]["precision"]
            return measure(model, measurable(model, data), data, how, path, precision=precision, on_batch=on_batch)

    def predict(
        self,
        documents: Iterable[Document],
        *,
        kg: str | None = None,
        batch: int = BATCH,
        on_cut: Callable[[Mapping[str, int]], None] = lambda cut: None,
    ) -> Iterator[tuple[TextGraph, dict[str, Any]]]:
        """The graph of each new text, made as those of the training were, and what the model says of it.

        ``kg`` names another folder to look for the knowledge graph in, or another graph to use;
        ``on_cut`` hears, every ``batch`` texts, what had to go for want of room.
        Raises :class:`StoreError` when the graph is missing or changed and no other is named.
        """
        builder, model = self._builder(kg), self.load()
        precision = best_precision(self.plan["settings"]["precision"], model.device)
        for rows in _graphs(builder, documents, batch):
            layout = model.model.layout(rows)
            on_cut(layout.cut)
            answers = model.predict(layout, precision=precision)
            yield from zip(from_rows(rows), answers, strict=True)

    def encode(
        self,
        source: Corpus | Iterable[Document],
        *,
        kg: str | None = None,
        batch: int = BATCH,
        on_cut: Callable[[Mapping[str, int]], None] = lambda cut: None,
        on_batch: Callable[[int], None] = lambda texts: None,
    ) -> Iterator[WordVectors]:
        """The vectors of the words of new texts, or of text graphs on disk, ``batch`` texts at a time.

        A vector is the mean over the pieces of a word, as the run's model reads them, with its knowledge. The other
        arguments are those of :meth:`predict`. Raises :class:`OptionsError` for graphs that were made in another way
        than those of the training, and for ``kg`` beside graphs, which have their facts; and what :meth:`predict`
        raises.
        """
        if isinstance(source, Corpus):
            if kg is not None:
                raise OptionsError(f"{source.folder} has its facts already: a knowledge graph adds nothing")
            check_recipe(str(source.folder), source.manifest["recipe"], self.described)
            graphs: Iterable[pa.RecordBatch] = (
                rows.slice(start, batch) for rows in source.batches() for start in range(0, max(len(rows), 1), batch)
            )
        else:
            graphs = _graphs(self._builder(kg), source, batch)
        model = self.load()
        precision = best_precision(self.plan["settings"]["precision"], model.device)
        first = 0
        for rows in graphs:
            layout = model.model.layout(rows)
            on_cut(layout.cut)
            yield WordVectors.of(rows, model.encode(layout, precision=precision, on_batch=on_batch), first)
            first += len(rows)

    def _made(self, texts: Texts, kg: str | None, bad: OnBad) -> Data:
        """Text graphs of texts, made as those of the training were, in memory."""
        rows = list(_graphs(self._builder(kg), texts.read(bad), BATCH))
        recipe = self.described["recipe"]
        if kg is not None:
            recipe = {**recipe, "kg": kg, "kg_digest": KnowledgeGraph.open(kg).checksum}
        return Data(
            ", ".join(texts.files), texts.as_dict(), recipe, lambda: rows, digests_of(rows, self._roles), self._roles
        )

    @property
    def _roles(self) -> tuple[str, ...]:
        """The roles of the spans that its task is about."""
        return tuple(rooms.find(TASKS, self.plan["task"]).MARKERS)

    def _builder(self, kg: str | None) -> Builder:
        """What makes text graphs as those of the training were made."""
        known = self.recipe.kg
        if known is None and kg is not None:
            raise OptionsError(f"{self.folder} was trained on graphs without facts: a knowledge graph adds nothing")
        if kg is None and known is not None and not Path(known).exists():
            expected = "the knowledge graph of the training (--kg says where it is)"
            raise StoreError(known, None, expected, "nothing there")
        return self.recipe.builder(kg)


def _check_same(path: Path, data: Data) -> None:
    """Raise :class:`OptionsError` if predictions on other texts, or on other graphs of them, are there."""
    if not path.is_file():
        return
    kept = read_json(path, PREDICTIONS)
    passing = any(file["sha256"] is None for file in data.texts["files"])  # standard input is never known again
    left = kept.get("left_out", 0), kept.get("unlinked", 0)
    same = (kept.get("texts"), *left) == (data.texts, data.left_out, data.unlinked)
    same = same and _lasting(kept.get("recipe", {})) == _lasting(data.recipe)
    if passing or not same:
        raise OptionsError(f"{path} holds predictions on other texts: take another name, or pass --overwrite")


def _lasting(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe, wherever its knowledge graph lies."""
    return {name: value for name, value in recipe.items() if name != "kg"}


def _graphs(builder: Builder, documents: Iterable[Document], batch: int) -> Iterator[pa.RecordBatch]:
    """The graphs of new texts, so many at a time."""
    stream = iter(documents)
    while some := list(islice(stream, batch)):
        rows, _ = builder(some)
        yield rows
