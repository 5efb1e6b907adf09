"""Say of any triples how likely they are, with a run that was trained on a knowledge graph."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.lines import destination, print_line
from cli.options import Number, other_kg, out, quiet, skip_bad
from cli.results import illegible_rows, say_cut, undescribed_rows
from cli.score_pairs import PairOptions, pair_options

if TYPE_CHECKING:
    from graphs.errors import Skipped
    from kbert.scoring.judging import Tally
    from kbert.scoring.score_file import ScorePlan
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
@click.argument("file")
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
    type=click.IntRange(1, 10_000_000),
    default=PART_SIZE,
    show_default=True,
    help="Rows that are scored, and answered, together.",
)
@skip_bad
@quiet
def command(
    run: Path,
    file: str,
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
    from graphs.errors import Skipped
    from kbert.backbone import quiet as quiet_transformers
    from kbert.scoring.judging import Tally
    from kbert.scoring.score_file import ScorePlan, scored_lines
    from kbert.triple_runs import TripleRun

    quiet_transformers()
    pairs = PairOptions(**of_pairs)
    pairs.check()
    how = {"prior": prior, "threshold": threshold, "accept": accept, "part_size": part_size}
    plan = ScorePlan(file, kg, labels, pairs=pairs.plan(), as_json=as_json, **how)
    to_file = destination(out, overwrite=overwrite, reads=plan.reads)
    bad, opened, tally = Skipped(skip_bad), TripleRun(run), Tally()
    _tell_uncalibrated(opened, accept)
    if to_file is None:
        for line in scored_lines(opened, plan, tally, bad=bad):
            print_line(line)
    else:
        tally = _to_file(opened, plan, to_file, bad, overwrite=overwrite, quiet=quiet)
    for error in bad.errors:
        console.say(f"skipped {error}")
    _tell(tally, pairs, accept, quiet)
    _tell_calibration(opened, prior, threshold, quiet)


def _to_file(
    run: "TripleRun", plan: "ScorePlan", out: Path, bad: "Skipped", *, overwrite: bool, quiet: bool
) -> "Tally":
    """Answer to a file, which is there whole or not at all; go on where a run that was killed had come to."""
    from graphs.lines import count_lines
    from kbert.scoring.score_file import score_file

    rows = count_lines(plan.triples)
    with console.bar("rows", rows, quiet=quiet) as bar:
        looked = answered = 0

        def on_looked(more: int) -> None:
            nonlocal looked
            looked += more
            bar.update(looked, "looked through first")

        def on_rows(more: int) -> None:
            nonlocal answered
            answered += more
            bar.update(answered)

        return score_file(
            run,
            plan,
            out,
            overwrite=overwrite,
            bad=bad,
            on_looked=on_looked,
            on_rows=on_rows,
            on_kept=lambda count: console.say(
                f"{count:,} finished parts are kept: run the same command again to go on"
            ),
            on_anew=lambda: console.say(f"{out}: what was begun with other options or data is thrown away"),
        )


def _tell_uncalibrated(run: "TripleRun", accept: float | None) -> None:
    """Say so when there are no probabilities, and why."""
    if run.kind != "relation" and accept is None and run.calibration() is None:
        reason = run.result().get("uncalibrated", "its training left no calibration.json")
        console.say(f"{run.folder} is not calibrated, so there are margins alone ({reason})")


def _tell(tally: "Tally", pairs: PairOptions, accept: float | None, quiet: bool) -> None:
    """Say how many were scored and accepted, what was unseen, and what was asked twice."""
    unseen = ", ".join(f"{part} of {count:,}" for part, count in sorted(tally.unseen.items()))
    *before, scored = pairs.told(tally)
    accepted = "" if accept is None else f", {tally.written:,} of them accepted"
    for sentence in (*before, scored + accepted + (f"; unseen: {unseen}" if unseen else "")):
        console.say(sentence, quiet=quiet)
    say_cut(tally.cut)
    undescribed, illegible = {"triples": tally.undescribed}, {"triples": tally.illegible}
    for kind, count in (*undescribed_rows(undescribed), *illegible_rows(illegible)):
        console.say(f"{kind}: {count}")
    first = tally.repeats.first
    if first is not None:
        again = f"rows that ask what an earlier row asks: {tally.repeats.count:,}"
        console.say(f"{again}, the first at {first.file}:{first.line}")


def _tell_calibration(run: "TripleRun", prior: float | None, threshold: Any, quiet: bool) -> None:
    """Say of which data probabilities are right, and from where on a triple is held for true."""
    calibration = run.calibration()
    if calibration is None:
        return
    hint = " (--prior says another share)" if prior is None else ""
    console.say(f"probabilities are for data of which {calibration.ratio(prior)}{hint}", quiet=quiet)
    if not isinstance(threshold, float):
        begins = calibration.begins(threshold)
        where = "the threshold of its relation" if begins is None else f"a probability of {begins:.3f}"
        console.say(f"a triple is held for true from {where} on, which fits dev best (--threshold)", quiet=quiet)
