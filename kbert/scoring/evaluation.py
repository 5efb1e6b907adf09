"""Measuring a run on triples that are known to be true or false, and keeping what it says of them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from graphs.errors import OnBad, OptionsError, stop
from graphs.files import write_json
from graphs.manifests import Shape
from graphs.questions import Question
from kbert.run_files import check_name, own_predictions, read_json
from kbert.scoring.judges import judge_of
from kbert.scoring.judging import Judge, Tally, in_parts
from kbert.scoring.pairing import place_of
from kbert.triple_protocol import Trained, TripleStanding, sentence, standing
from kbert.triple_runs import TripleRun
from kbert.triples.data import TripleData, label_of
from kbert.triples.metrics import Margins, judged, judged_by_relation

TOGETHER = 4_096
"""Triples that are scored together."""

KEPT: Shape = {"triples": {"digest": str}}
"""What a file of predictions on triples says at least."""


def check_judges(run: TripleRun) -> None:
    """Raise :class:`OptionsError` for a run that does not say which triples are true."""
    if run.kind == "relation":
        raise OptionsError(f"{run.folder} learnt to name relations, not which triples are true: see kbert rank")


def evaluate_triples(
    run: TripleRun,
    data: TripleData,
    *,
    name: str,
    kg: str | None = None,
    unseen: bool = False,
    any_data: bool = False,
    overwrite: bool = False,
    bad: OnBad = stop,
    on_triples: Callable[[int], None] = lambda triples: None,
) -> dict[str, Any]:
    """Measure a run on labelled triples, and keep their margins under ``name``; give the figures.

    Args:
        run: of the task ``triple``
        data: the triples
        name: what the margins are kept as
        kg: the folder of a graph that knows the entities, if not that of the training
        unseen: leave out the triples that the run has learnt, as true or as false
        any_data: also measure on triples that it has learnt
        overwrite: replace what is kept of other triples under this name
        bad: hears of triples with parts of which there is no text
        on_triples: hears how many more were scored

    Raises :class:`OptionsError` for a run of another task, for triples that it has learnt (unless
    ``unseen`` or ``any_data``), and where margins of other triples are kept under the name;
    :class:`DataError` where true or false triples are not left.
    """
    check_name(name, "predictions")
    check_judges(run)
    trained, tally, whole = Trained.of(run, kg), Tally(), len(data)
    if unseen:
        data = _unseen(run, data, trained)
    elif not any_data:
        _check_held_out(data, standing(data, trained))
    left_out = whole - len(data)
    triples = {"name": data.name, "digest": data.digest, "drawn": data.drawn, "seed": data.seed}
    with own_predictions(run.folder, name) as path:
        if not overwrite and path.is_file() and read_json(path, KEPT)["triples"]["digest"] != data.digest:
            raise OptionsError(f"{path} holds predictions on other triples: take another name, or pass --overwrite")
        judge = judge_of(run, kg)
        data = _readable(judge, data, bad)
        data.check_kinds()
        margins = _scored(judge, data, tally, on_triples)
        about = _about(run, data, standing(data, trained), tally, left_out)
        result = {"metrics": _metrics(run, data, margins), **about}
        rows = [_row(*scored) for scored in zip(data.questions, margins.tolist(), strict=True)]
        write_json(path, {"triples": triples, **result, "predictions": rows})
    return result


def _unseen(run: TripleRun, data: TripleData, trained: Trained) -> TripleData:
    """The triples that a run has not learnt, neither as they are called here nor the other way."""
    if trained.kg is None:
        gone = f"the knowledge graph that {run.folder} was trained on is gone (--kg says where it is)"
        raise OptionsError(f"{gone}: what is unseen is not known")
    return data.without(standing(data, trained).seen)


def _check_held_out(data: TripleData, how: TripleStanding) -> None:
    """Raise :class:`OptionsError` when a run has learnt some of the triples."""
    if how.seen.any():
        first = _place(data.questions[int(how.seen.argmax())])
        some = "all of them" if how.seen.all() else f"{int(how.seen.sum()):,} of the {len(data):,} triples"
        raise OptionsError(
            f"{data.name}: the run was trained on {some}, the first at {first}; pass --unseen to leave them out, "
            "or --any-data"
        )


def _readable(judge: Judge, data: TripleData, bad: OnBad) -> TripleData:
    """The triples that have texts; the others go to ``bad``, before the model reads any."""
    parts = in_parts(judge, data.questions, size=TOGETHER, bad=bad)
    places = {place_of(question) for part in parts for question in part.worded.questions}
    return data.without(np.array([place_of(question) not in places for question in data.questions], dtype=bool))


def _scored(judge: Judge, data: TripleData, tally: Tally, on_triples: Callable[[int], None]) -> Margins:
    """How much each triple is held for true."""
    margins: list[float] = []
    for part in in_parts(judge, data.questions, size=TOGETHER, tally=tally):
        margins += [answer["margin"] for _, answer in part.answers()]
        on_triples(part.rows)
    return np.array(margins)


def _row(question: Question, margin: float) -> dict[str, Any]:
    names = {"head": question.head, "relation": question.relation, "tail": question.tail}
    return {**names, "label": label_of(question), "margin": margin}


def _metrics(run: TripleRun, data: TripleData, margins: Margins) -> dict[str, Any]:
    """Figures over all triples and over those of each relation."""
    relations = [question.relation for question in data.questions]
    said = _said(run, margins, relations, data.prior)
    by_relation = judged_by_relation(margins, data.is_true, said, relations)
    return {**judged(margins, data.is_true, said), "per_relation": by_relation}


def _said(
    run: TripleRun, margins: Margins, relations: Sequence[str], prior: float | None
) -> dict[str, npt.NDArray[np.bool_]]:
    """Which triples are held for true, in each way there is to say so; thresholds move to the ``prior``."""
    said = {"accuracy": margins > 0} if run.has_zero else {}
    calibration = run.calibration()
    if calibration is not None:
        said["accuracy_global"] = calibration.is_true(margins, relations, choice="global", prior=prior)
        if calibration.thresholds:
            said["accuracy_relation"] = calibration.is_true(margins, relations, choice="relation", prior=prior)
    return said


def _about(run: TripleRun, data: TripleData, how: TripleStanding, tally: Tally, left_out: int) -> dict[str, Any]:
    """How the figures were come by."""
    calibration = run.calibration()
    how_fitted = "" if calibration is None else f"; thresholds are for data of which {calibration.ratio(data.prior)}"
    leak = data.questions[int(how.learnt.argmax())] if how.learnt.any() else None
    return {
        "protocol": sentence("accuracy and AUC", data, how, left_out=left_out, fitted=bool(how_fitted)) + how_fitted,
        "leaks": {"triples": int(how.learnt.sum()), "first": _place(leak)},
        "contrary": int(how.against.sum()),
        "repeats": {"triples": tally.repeats.count, "first": _place(tally.repeats.first)},
        "cut": dict(tally.cut),
        "undescribed": {"triples": tally.undescribed},
        "illegible": {"triples": tally.illegible},
        "left_out": left_out,
    }


def _place(question: Question | None) -> str | None:
    return None if question is None else f"{question.file}:{question.line}"
