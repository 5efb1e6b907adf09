"""A finished run as a judge of any triples, and what its answers depend on."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from graphs.errors import OptionsError
from graphs.manifests import checksum
from graphs.types import EntityText
from kbert.run_folder import surroundings
from kbert.scoring.judging import Judge
from kbert.scoring.relation_judge import RelationJudge
from kbert.scoring.triple_judge import TripleJudge
from kbert.triple_runs import CALIBRATION, TripleRun
from kbert.triples.model import TripleModel
from kbert.triples.thresholds import Choice


def judge_of(
    run: TripleRun,
    kg: str | None = None,
    *,
    labels: Iterable[EntityText] = (),
    prior: float | None = None,
    threshold: Choice | float | None = None,
) -> Judge:
    """What answers triples with a run: by the task it was trained for.

    Args:
        run: the run
        kg: the folder of a graph that knows entities and relations, if not that of the training
        labels: texts of what the graph does not have
        prior: the share of the triples in question that is true
        threshold: from where a triple is held for true (see :class:`TripleJudge`)

    Raises :class:`StoreError` for a run that is not finished, and for a graph that is missing or changed, and
    :class:`OptionsError` for a prior or threshold that the run has no use for.
    """
    with run.in_use():
        model, calibration = run.load(), run.calibration()
    graph, precision = run.graph(kg), run.precision(model)
    if not isinstance(model, TripleModel) or model.task == "triple":
        return TripleJudge(
            model, graph, calibration, labels=labels, prior=prior, threshold=threshold, precision=precision
        )
    if (prior, threshold) != (None, None):
        raise OptionsError("a prior and a threshold are for the task triple: this run names relations")
    return RelationJudge(model, graph, labels=labels, precision=precision)


def depends_on(
    run: TripleRun, kg: str | None, triples: str | Path, labels: Sequence[Path], **options: Any
) -> dict[str, Any]:
    """All that the answers depend on, as JSON values: two jobs of which it is the same have the same answers."""
    return {
        **run.computed_by,
        "calibration": checksum(run.folder / CALIBRATION) if (run.folder / CALIBRATION).is_file() else None,
        "knowledge_graph": run.graph(kg).checksum,
        "triples": None if str(triples) == "-" else checksum(Path(triples)),
        "labels": [checksum(path) for path in labels],
        **options,
        **surroundings(),
    }
