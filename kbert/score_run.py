"""A finished run as a scorer of any triples, and what its answers depend on."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from graphs.manifests import checksum
from graphs.recipe import content_digest
from graphs.types import EntityText
from kbert.precision import best_precision
from kbert.scoring import Scorer, TripleScorer
from kbert.triple_runs import TripleRun


def scorer_of(run: TripleRun, kg: str | None = None, *, labels: Iterable[EntityText] = ()) -> Scorer:
    """What answers triples with a run.

    Args:
        run: the run
        kg: the folder of a graph that knows entities and relations, if not that of the training
        labels: texts of what the graph does not have

    Raises :class:`StoreError` for a run that is not finished, and for a graph that is missing or changed.
    """
    model, graph = run.load(), run.graph(kg)
    precision = best_precision(run.plan["settings"]["precision"], model.device)
    return TripleScorer(model, graph, labels=labels, precision=precision)


def depends_on(
    run: TripleRun, kg: str | None, triples: str | Path, labels: Sequence[Path], **options: Any
) -> dict[str, Any]:
    """All that the answers depend on, as JSON values: two jobs of which it is the same have the same answers."""
    return {
        "run": {name: checksum(run.folder / name) for name in ("run.json", "config.json", "model.safetensors")},
        "kg": content_digest(run.graph(kg)),
        "triples": None if str(triples) == "-" else checksum(Path(triples)),
        "labels": [checksum(path) for path in labels],
        "options": options,
        "versions": {name: version(name) for name in ("kbert", "torch", "transformers", "tokenizers")},
    }
