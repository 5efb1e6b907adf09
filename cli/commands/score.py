"""Say of any triples how likely they are, with a run that was trained on a knowledge graph."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.lines import STDOUT, destination, print_line
from cli.options import Number, other_kg, out, quiet, skip_bad
from cli.score_lines import Lines, taken_names
from cli.score_pairs import Pairs, pair_options

if TYPE_CHECKING:
    from graphs.errors import OnBad
    from graphs.types import EntityText
    from kbert.pair_parts import Chosen
    from kbert.scoring import Tally
    from kbert.triple_runs import TripleRun

PART_SIZE = 10_000
"""Rows that are scored together: enough of one length to fill batches."""


class Threshold(click.ParamType):  # type: ignore[type-arg]  # which older versions do not take
    """``global``, ``relation`` or a probability."""

    name = "threshold"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """One of the names as it is, anything else as a number."""
        return value if value in ("global", "relation") else Number(min=0, max=1).convert(value, param, ctx)


@kbert_command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("triples", metavar="FILE")
@other_kg
@click.option(
    "--labels",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Texts of what the graph does not have, as kg import takes them.",
)
@click.option(
    "--prior",
    type=Number(min=0, max=1, min_open=True, max_open=True),
    metavar="SHARE",
    help="Share of the triples that is true, if not that of dev; moves probabilities.",
)
@click.option(
    "--threshold",
    type=Threshold(),
    metavar="global|relation|P",
    help="From where a triple is true: one margin for all, one a relation, or the probability P; else what did "
    "better on dev.",
)
@click.option(
    "--accept",
    type=Number(min=0, max=1),
    metavar="P",
    help="Write only triples with at least this probability (a table, which kbert kg import --add takes).",
)
@pair_options
@out("File to write to, instead of standard output.", required=False)
@click.option("--overwrite", is_flag=True, help="Replace the file.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON lines instead of tab-separated ones.")
@click.option(
    "--part-size",
    type=click.IntRange(1),
    default=PART_SIZE,
    show_default=True,
    help="Rows that are scored, and answered, together.",
)
@skip_bad
@quiet
def command(
    run: Path,
    triples: str,
    kg: str | None,
    labels: tuple[Path, ...],
    prior: float | None,
    threshold: Any,
    accept: float | None,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    part_size: int,
    skip_bad: int,
    quiet: bool,
    **of_pairs: Any,
) -> None:
    """Score the triples of a file (- is standard input): one row out for each row in, in their order.

    Columns are head, relation and tail, with head_text, relation_text and
    tail_text for what the graph does not have; with a header also any others.
    With --relations rows are pairs, as kbert graph extract has them, and one
    row goes out for each relation that a pair is asked about.

    \b
    Examples:
      kbert score runs/kgbert triples.tsv -o scored.tsv
      kbert score runs/kgbert - < triples.tsv
      kbert graph extract graphs/news | kbert score runs/kgbert - \\
          --relations phrases.tsv --accept 0.9 -o accepted.tsv
    """
    from graphs import questions
    from graphs.errors import Skipped
    from graphs.lines import count_lines
    from kbert.backbone import quiet as quiet_transformers
    from kbert.score_run import depends_on, scorer_of
    from kbert.scoring import Tally
    from kbert.triple_runs import TripleRun

    quiet_transformers()
    pairs = Pairs(**of_pairs)
    pairs.check()
    _check_files((*map(str, labels), pairs.relations or ""), accept, as_json)
    bad, tally, opened = Skipped(skip_bad), Tally(), TripleRun(run)
    to_file = destination(out, overwrite=overwrite)
    _check(opened, pairs, accept)
    scorer = scorer_of(opened, kg, labels=_labels(labels, bad), prior=prior, threshold=threshold)
    needs = scorer.needs if pairs.relations is None else ("head", "tail")
    taken = taken_names(scorer.columns, for_import=accept is not None)
    read = partial(questions.read, triples, needs=needs, taken=taken)
    asked = read(bad=bad)
    lines = Lines(scorer.columns, asked.texts, asked.others, as_json=as_json)
    how_asked = (pairs.pairing(opened, asked.others), pairs.likeliest(opened, kg, _labels(labels, lambda error: None)))
    in_parts = partial(pairs.parts, scorer, *how_asked, accept=accept, size=part_size)
    parts = in_parts(asked.rows, bad=bad, tally=tally)
    if to_file is None:
        _print(lines, parts)
    else:
        if triples != STDOUT:
            trial = bad.copy()
            _look_through(in_parts(read(bad=trial).rows, bad=trial, tally=Tally()), count_lines(triples), quiet)
        how = {"prior": prior, "threshold": threshold, "accept": accept, "part_size": part_size, "json": as_json}
        made_with = depends_on(opened, kg, triples, labels, **how, **pairs.made_with())
        with console.bar("rows", count_lines(triples), quiet=quiet) as bar:
            _write(to_file, lines, parts, bar, made_with, overwrite=overwrite)
    for error in bad.errors:
        console.say(f"skipped {error}")
    _tell(tally, pairs, quiet)
    _tell_ratio(opened, prior, quiet)


def _check_files(files: tuple[str, ...], accept: float | None, as_json: bool) -> None:
    """Raise ``click.UsageError`` for other files than the triples on standard input, and for facts no import takes."""
    if STDOUT in files:
        raise click.UsageError("standard input is for the triples: name a file with --labels and --relations")
    if accept is not None and as_json:
        raise click.UsageError("--accept writes a table, which kbert kg import takes: leave --json out")


def _check(run: "TripleRun", pairs: Pairs, accept: float | None) -> None:
    """Say so when there are no probabilities, and why. Raises ``OptionsError`` where they are asked for."""
    from graphs.errors import OptionsError

    if run.kind == "relation":
        if accept is not None or pairs.relations is not None:
            raise OptionsError(f"{run.folder} names relations: --accept and --relations are for the task triple")
    elif run.calibration() is None:
        if accept is not None:
            raise OptionsError(f"{run.folder} is not calibrated: there is no probability to accept by")
        reason = run.result().get("uncalibrated", "its training left no calibration.json")
        console.say(f"{run.folder} is not calibrated, so there are margins alone ({reason})")


def _labels(files: tuple[Path, ...], bad: "OnBad") -> "Iterator[EntityText]":
    """What all files of labels say."""
    from graphs.formats import labels

    for file in files:
        yield from labels.read(file, bad=bad)


def _of(part: "Chosen", lines: Lines) -> list[str]:
    """The rows of a part as lines."""
    return [lines.line(*answered) for answered in part.answers()]


def _print(lines: Lines, parts: "Iterable[Chosen]") -> None:
    """Answer on standard output, part by part."""
    for line in lines.header:
        print_line(line)
    for part in parts:
        for row in _of(part, lines):
            print_line(row)


def _look_through(parts: "Iterable[Chosen]", lines: int | None, quiet: bool) -> None:
    """See what is wrong with any row before the model is asked: work on those before it would be for nothing."""
    with console.bar("rows looked through", lines, quiet=quiet) as bar:
        for part in parts:
            bar.advance(part.rows)


def _write(
    out: Path, lines: Lines, parts: "Iterable[Chosen]", bar: console.Bar, made_with: dict[str, Any], *, overwrite: bool
) -> None:
    """Answer to a file, which is there whole or not at all; go on where a run that was killed had come to."""
    from graphs.line_parts import write_line_parts

    def jobs() -> "Iterator[Callable[[], list[str]]]":
        for part in parts:
            yield partial(_of, part, lines)
            bar.advance(part.rows)

    write_line_parts(
        out,
        lines.header,
        jobs(),
        made_with,
        lasting=made_with["triples"] is not None,
        overwrite=overwrite,
        on_kept=lambda count: console.say(f"{count:,} finished parts are kept: run the same command again to go on"),
        on_anew=lambda: console.say(f"{out}: what was begun with other options or data is thrown away"),
    )


def _tell(tally: "Tally", pairs: Pairs, quiet: bool) -> None:
    """Say how many were scored, what was unseen, and what was asked twice."""
    unseen = ", ".join(f"{part} of {count:,}" for part, count in sorted(tally.unseen.items()))
    *before, scored = pairs.told(tally)
    for sentence in (*before, scored + (f"; unseen: {unseen}" if unseen else "")):
        console.say(sentence, quiet=quiet)
    first = tally.repeats.first
    if first is not None:
        again = f"{tally.repeats.count:,} rows ask what an earlier row asks"
        console.say(f"{again}, the first at {first.file}:{first.line}")


def _tell_ratio(run: "TripleRun", prior: float | None, quiet: bool) -> None:
    """Say of which data probabilities are right."""
    calibration = run.calibration()
    if calibration is not None:
        hint = " (--prior says another share)" if prior is None else ""
        console.say(f"probabilities are for data of which {calibration.ratio(prior)}{hint}", quiet=quiet)
