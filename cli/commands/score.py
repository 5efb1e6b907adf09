"""Say of any triples how likely they are, with a run that was trained on a knowledge graph."""

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.lines import destination
from cli.options import Number, other_kg, out, quiet, skip_bad
from cli.score_lines import Lines

if TYPE_CHECKING:
    from graphs.errors import Skipped
    from graphs.types import EntityText
    from kbert.scoring import Part, Tally
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
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    part_size: int,
    skip_bad: int,
    quiet: bool,
) -> None:
    """Score the triples of a file (- is standard input): one row out for each row in, in their order.

    Columns are head, relation and tail, with head_text, relation_text and
    tail_text for what the graph does not have; with a header also any others.

    \b
    Examples:
      kbert score runs/kgbert triples.tsv -o scored.tsv
      kbert score runs/kgbert - < triples.tsv
    """
    from graphs import questions
    from graphs.errors import Skipped
    from graphs.lines import count_lines
    from kbert.backbone import quiet as quiet_transformers
    from kbert.score_run import depends_on, scorer_of
    from kbert.scoring import Tally, in_parts
    from kbert.triple_runs import TripleRun

    quiet_transformers()
    bad, tally, opened = Skipped(skip_bad), Tally(), TripleRun(run)
    to_file = destination(out, overwrite=overwrite)
    scorer = scorer_of(opened, kg, labels=_labels(labels, bad), prior=prior, threshold=threshold)
    _say_uncalibrated(opened)
    asked = questions.read(triples, needs=scorer.needs, taken=scorer.columns, bad=bad)
    lines = Lines(scorer.columns, asked.others, as_json=as_json)
    parts = in_parts(scorer, asked.rows, size=part_size, bad=bad, tally=tally)
    if to_file is None:
        _print(lines, parts)
    else:
        how = {"prior": prior, "threshold": threshold, "part_size": part_size, "as_json": as_json}
        made_with = depends_on(opened, kg, triples, labels, **how)
        with console.bar("triples", count_lines(triples), quiet=quiet) as bar:
            _write(to_file, lines, parts, bar, made_with, overwrite=overwrite)
    for error in bad.errors:
        console.say(f"skipped {error}")
    _tell(tally, quiet)


def _say_uncalibrated(run: "TripleRun") -> None:
    """Say so when there are no probabilities, and why."""
    if run.plan["task"] == "triple" and run.calibration() is None:
        reason = run.result().get("uncalibrated", "its training left no calibration.json")
        console.say(f"{run.folder} is not calibrated, so there are margins alone ({reason})")


def _labels(files: tuple[Path, ...], bad: "Skipped") -> "Iterator[EntityText]":
    """What all files of labels say."""
    from graphs.formats import labels

    for file in files:
        yield from labels.read(file, bad=bad)


def _of(part: "Part", lines: Lines) -> list[str]:
    """The rows of a part as lines."""
    return [lines.line(*answered) for answered in part.answers()]


def _print(lines: Lines, parts: "Iterable[Part]") -> None:
    """Answer on standard output, part by part."""
    written = _harmless if sys.stdout.isatty() else str
    for line in lines.header:
        click.echo(written(line))
    for part in parts:
        if rows := _of(part, lines):
            click.echo("\n".join(map(written, rows)))


def _harmless(line: str) -> str:
    """A line for a terminal, in which nothing but the tabs between cells steers it."""
    return "\t".join(map(console.plain, line.split("\t")))


def _write(
    out: Path, lines: Lines, parts: "Iterable[Part]", bar: console.Bar, made_with: dict[str, Any], *, overwrite: bool
) -> None:
    """Answer to a file, which is there whole or not at all; go on where a run that was killed had come to."""
    from graphs.line_parts import write_line_parts

    def jobs() -> "Iterator[Callable[[], list[str]]]":
        for part in parts:
            yield partial(_of, part, lines)
            bar.advance(len(part.worded.questions))

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


def _tell(tally: "Tally", quiet: bool) -> None:
    """Say what was unseen, and what was asked twice."""
    unseen = ", ".join(f"{part} of {count:,}" for part, count in sorted(tally.unseen.items()))
    console.say(f"{tally.rows:,} triples scored" + (f"; unseen: {unseen}" if unseen else ""), quiet=quiet)
    first = tally.repeats.first
    if first is not None:
        again = f"{tally.repeats.count:,} rows ask what an earlier row asks"
        console.say(f"{again}, the first at {first.file}:{first.line}")
