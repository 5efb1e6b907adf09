"""Measuring a run on text graphs with targets, and keeping its predictions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from graphs.errors import DataError
from graphs.files import write_json
from kbert.precision import best_precision
from kbert.protocol import Data, Standing, sentence
from kbert.text_model import Examples, TextModel, evaluate

DEV = "dev"
"""The name of the predictions on the texts that choose the epoch."""


def measurable(model: TextModel, data: Data) -> Examples:
    """The examples of text graphs with targets. Raises :class:`DataError` where no text has one."""
    gone = f" (left out are {', '.join(data.gone)})" if data.gone else ""
    if not len(data):
        raise DataError(data.name, None, "texts to measure on", f"none{gone}")
    examples = model.examples(data.rows())
    if all(gold is None for gold in examples.gold):
        raise DataError(data.name, None, f"texts with targets for {model.settings['task']}", f"none with any{gone}")
    return examples


def measure(
    model: TextModel,
    examples: Examples,
    data: Data,
    how: Standing,
    path: Path,
    *,
    precision: str,
    on_batch: Callable[[int], None] = lambda n: None,
) -> dict[str, Any]:
    """Predict, measure, and keep the predictions in a file, with how they stand to the run that makes them."""
    computed = best_precision(precision, model.device)
    predictions = model.predict(examples.layout, precision=computed, on_batch=on_batch)
    metrics = evaluate(model, examples, predictions)
    about = {
        "protocol": sentence(model.primary.name, metrics["texts"], data, how),
        "seen": how.seen,
        "same_recipe": how.same_recipe,
        "linked_share": examples.layout.linked_share,
        "cut": dict(examples.layout.cut),
    }
    rows = zip(examples.ids, examples.gold, predictions, strict=True)
    path.parent.mkdir(exist_ok=True)
    kept = {"texts": data.texts, "recipe": data.recipe, "left_out": data.left_out, "unlinked": data.unlinked, **about}
    write_json(path, {**kept, "predictions": [{"id": i, "gold": gold, **said} for i, gold, said in rows]})
    return {"metrics": metrics, **about}
