"""Scoring the triples of a file: a row out for each row in, in parts that a killed job finds again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from graphs import questions
from graphs.errors import OnBad, OptionsError, stop
from graphs.files import check_free_file
from graphs.formats import labels
from graphs.line_parts import write_line_parts
from graphs.lines import count_lines
from graphs.options import check_range
from graphs.types import EntityText
from kbert.scoring.judges import depends_on, judge_of
from kbert.scoring.judging import Tally, in_parts
from kbert.scoring.pair_parts import Chosen, in_pair_parts
from kbert.scoring.pair_plan import PairPlan
from kbert.scoring.pairing import once_a_line
from kbert.scoring.score_lines import Lines, taken_names
from kbert.triple_runs import TripleRun
from kbert.triples.thresholds import Choice

STDIN = "-"

PART_SIZE, MOST = 10_000, 10_000_000
"""Rows that are scored together: enough of one length to fill batches; and how many may be."""

OnRows = Callable[[int], None]
"""Hears how many rows more are done."""


@dataclass(frozen=True)
class ScorePlan:
    """Which triples to score, and how: every option of a job.

    Args:
        triples: the file, as :func:`graphs.questions.read` takes it; ``-`` is standard input
        kg: the folder of a graph that knows entities and relations, if not that of the training
        labels: files that say what those are called which the graph does not have
        prior: the share of the triples in question that is true
        threshold: from where a triple is held for true (see :class:`kbert.scoring.triple_judge.TripleJudge`)
        accept: write only what has at least this probability
        pairs: what to ask of rows that are pairs; None where rows are triples
        as_json: write JSON lines, not a table
        part_size: rows that are scored, and kept, together

    Raises :class:`OptionsError` for options that do not fit together.
    """

    triples: str
    kg: str | None = None
    labels: tuple[Path, ...] = ()
    prior: float | None = None
    threshold: Choice | float | None = None
    accept: float | None = None
    pairs: PairPlan | None = None
    as_json: bool = False
    part_size: int = PART_SIZE

    def __post_init__(self) -> None:
        """Refuse what cannot be read, or taken in again."""
        check_range("part_size", self.part_size, 1, most=MOST)
        relations = "" if self.pairs is None else self.pairs.relations
        if STDIN in (*map(str, self.labels), relations):
            raise OptionsError("standard input is for the triples: name a file of labels, and of relations")
        if self.accept is not None:
            check_range("accept", self.accept, 0, most=1)
            if self.as_json:
                raise OptionsError("accepted facts are a table, which kbert kg import takes: leave JSON out")

    @property
    def reads(self) -> tuple[str | Path, ...]:
        """The files that are read."""
        return (self.triples, *self.labels, *(() if self.pairs is None else (self.pairs.relations,)))


def score_file(
    run: TripleRun,
    plan: ScorePlan,
    out: str | Path,
    *,
    overwrite: bool = False,
    bad: OnBad = stop,
    on_looked: OnRows = lambda rows: None,
    on_rows: OnRows = lambda rows: None,
    on_kept: Callable[[int], None] = lambda parts: None,
    on_anew: Callable[[], None] = lambda: None,
) -> Tally:
    """Write the answers about the triples of a file, whole or not at all, and count what was asked.

    The file is looked through for bad rows before the model is asked; work on those before it would
    be for nothing. A job that was killed goes on when it is called again.

    Args:
        run: what answers
        plan: which triples, and how
        out: the file to write
        overwrite: replace the file that is there, and throw away parts of another job
        bad: hears of each bad line once
        on_looked: hears of rows that are looked through
        on_rows: hears of rows that are answered, or were by a job that was killed
        on_kept: hears how many finished parts a job that fails leaves
        on_anew: hears when parts of another job were found and thrown away

    Raises :class:`OptionsError` for a plan that is not for the run, and what
    :func:`graphs.line_parts.write_line_parts` raises; :class:`StoreError` while a training of the run is at work.
    """
    check_free_file(Path(out), overwrite=overwrite, reads=plan.reads)
    tally, once, lasting = Tally(), once_a_line(bad), plan.triples != STDIN
    with _in_use(run, plan):
        made_with = _made_with(run, plan)
        job = _Job(run, plan, once)
        for part in job.looked_through() if lasting else ():
            on_looked(part.rows)

        def jobs() -> Iterator[Callable[[], list[str]]]:
            for part in job.parts(tally):
                yield partial(job.rows, part)
                on_rows(part.rows)

        how: dict[str, Any] = {"lasting": lasting, "overwrite": overwrite, "on_kept": on_kept, "on_anew": on_anew}
        write_line_parts(Path(out), job.lines.header, jobs(), made_with, **how)
    tally.written = (count_lines(out) or 0) - len(job.lines.header)  # parts of a killed job are among them
    return tally


def scored_lines(run: TripleRun, plan: ScorePlan, tally: Tally, *, bad: OnBad = stop) -> Iterator[str]:
    """The same line by line, part after part: nothing is kept. ``tally`` counts meanwhile what was asked."""
    with _in_use(run, plan):
        job = _Job(run, plan, bad)
        yield from job.lines.header
        for part in job.parts(tally):
            rows = job.rows(part)
            tally.written += len(rows)
            yield from rows


@contextmanager
def _in_use(run: TripleRun, plan: ScorePlan) -> Iterator[None]:
    with run.in_use(), nullcontext() if plan.pairs is None else plan.pairs.in_use():
        yield


def _made_with(run: TripleRun, plan: ScorePlan) -> dict[str, Any]:
    how = {name: getattr(plan, name) for name in ("prior", "threshold", "accept", "part_size")}
    pairs = {} if plan.pairs is None else plan.pairs.depends_on()
    return depends_on(run, plan.kg, plan.triples, plan.labels, **how, json=plan.as_json, **pairs)


class _Job:
    """A plan opened: the first line of the file is read, and the models are loaded."""

    def __init__(self, run: TripleRun, plan: ScorePlan, bad: OnBad) -> None:
        _check(run, plan)
        self._plan, self._bad, self._likeliest, self._pairing = plan, bad, None, None
        how: dict[str, Any] = {"prior": plan.prior, "threshold": plan.threshold}
        self._judge = judge_of(run, plan.kg, labels=_labels(plan, bad), **how)
        self._opened = self._open()
        texts, others = self._opened.texts, self._opened.others
        if plan.pairs is not None:
            self._pairing = plan.pairs.pairing(run, others)
            self._likeliest = plan.pairs.likeliest(run, plan.kg, _labels(plan, lambda error: None))  # heard above
        self.lines = Lines(self._judge.columns, texts, others, as_json=plan.as_json)

    def _open(self) -> questions.Questions:
        needs = self._judge.needs if self._plan.pairs is None else ("head", "tail")
        taken = taken_names(self._judge.columns, for_import=self._plan.accept is not None)
        return questions.read(self._plan.triples, needs=needs, taken=taken, bad=self._bad)

    def looked_through(self) -> Iterator[Chosen]:
        """The same as :meth:`parts`, read apart from them."""
        return self._parts(self._open().rows, Tally())

    def parts(self, tally: Tally) -> Iterator[Chosen]:
        """What is wanted of the rows, some at a time, not yet answered."""
        return self._parts(self._opened.rows, tally)

    def _parts(self, rows: Iterator[questions.Question], tally: Tally) -> Iterator[Chosen]:
        plan = self._plan
        how: dict[str, Any] = {"size": plan.part_size, "bad": self._bad, "tally": tally}
        if self._pairing is None:
            return (Chosen(part, False, plan.accept) for part in in_parts(self._judge, rows, **how))
        best = plan.pairs is not None and plan.pairs.best
        found = in_pair_parts(self._judge, self._pairing, rows, **how, likeliest=self._likeliest)
        return (Chosen(part, best, plan.accept) for part in found)

    def rows(self, part: Chosen) -> list[str]:
        """The answers of a part as lines."""
        return [self.lines.line(*answered) for answered in part.answers()]


def _check(run: TripleRun, plan: ScorePlan) -> None:
    """Raise :class:`OptionsError` where a plan is not for a run."""
    if run.kind == "relation":
        if plan.accept is not None or plan.pairs is not None:
            raise OptionsError(f"{run.folder} names relations: to accept, and to ask of pairs, is for the task triple")
    elif plan.accept is not None and run.calibration() is None:
        raise OptionsError(f"{run.folder} is not calibrated: there is no probability to accept by")


def _labels(plan: ScorePlan, bad: OnBad) -> Iterator[EntityText]:
    """What all files of labels say."""
    for file in plan.labels:
        yield from labels.read(file, bad=bad)
