"""Measuring a run on text graphs with targets, and keeping its predictions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from graphs.corpus import Corpus
from graphs.errors import DataError
from graphs.files import write_json
from kbert.precision import best_precision
from kbert.protocol import sentence
from kbert.text_model import Examples, TextModel, evaluate

DEV = "dev"
"""The name of the predictions on the texts that choose the epoch."""


def measurable(model: TextModel, corpus: Corpus) -> Examples:
    """The examples of text graphs with targets. Raises :class:`DataError` where no text has one."""
    examples = model.examples(corpus.batches())
    if all(gold is None for gold in examples.gold):
        raise DataError(corpus.folder, None, f"texts with targets for {model.settings['task']}", "none with any")
    return examples


def measure(
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
    metrics = evaluate(model, examples, predictions)
    about = {
        "protocol": sentence(model.task.primary(model.labels).name, metrics["texts"], corpus, described),
        "linked_share": examples.layout.linked_share,
        "cut": dict(examples.layout.cut),
    }
    rows = zip(examples.ids, examples.gold, predictions, strict=True)
    path = folder / "predictions" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    kept = {"data": corpus.manifest["parts"], "texts": corpus.manifest["texts"], **about}
    write_json(path, {**kept, "predictions": [{"id": i, "gold": gold, **said} for i, gold, said in rows]})
    return {"metrics": metrics, **about}
