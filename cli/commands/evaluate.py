"""Measure a trained run: on texts with targets, on triples known to be true or false, or on next items of users."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.behaviour_evaluation import measure_behaviour, print_behaviour
from cli.command import command as kbert_command
from cli.options import as_json, other_kg, quiet, refuse_idle, seed, skip_bad
from cli.results import cut_rows, linked_rows, say_no_knowledge
from cli.texts import COLUMNS, FORMAT, FORMAT_OPTION, all_default, graphs_of, texts_of
from cli.triple_evaluation import measure_triples, print_triples

if TYPE_CHECKING:
    from graphs.errors import Skipped

MOST = 50
"""Labels shown at most; --json has all."""


@kbert_command(slots=[FORMAT])
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("texts", nargs=-1, metavar="[GRAPHS|FILE...]")
@FORMAT_OPTION
@COLUMNS
@other_kg
@click.option(
    "--name",
    help="Keep the predictions in the run under this name (of texts for kbert compare); else it is test, or that of "
    "the split or the table of triples.",
)
@click.option("--overwrite", is_flag=True, help="Replace predictions on other data that have this name.")
@click.option("--unseen", is_flag=True, help="Leave out what the run was trained on.")
@click.option(
    "--linked",
    is_flag=True,
    help="Leave out texts in which nothing is linked; of a task about marked spans, those without a link in a span.",
)
@click.option("--any-data", is_flag=True, help="Also measure on what was trained on, or on graphs made in another way.")
@click.option(
    "--split",
    type=click.Choice(["dev", "test"]),
    help="Of a run on triples or behaviour: measure on this part of its graph (test, where no file is named).",
)
@click.option(
    "--negatives",
    type=click.IntRange(1),
    metavar="N",
    help="Draw N false triples for each true one of a split that has no others; of a run on behaviour, rank among N "
    "items that the user never had, in place of all.",
)
@click.option(
    "--sampling",
    type=click.Choice(["uniform", "popular"]),
    default="uniform",
    show_default=True,
    help="Of a run on behaviour: how --negatives are drawn.",
)
@seed
@skip_bad
@as_json
@quiet
def command(run: Path, texts: tuple[str, ...], as_json: bool, quiet: bool, skip_bad: int, **given: Any) -> None:
    """Measure a run on what it was not trained on.

    Runs on texts: a folder of text graphs, or files of texts with targets,
    which are made into graphs as the texts were that the run was trained on.

    Runs on triples: a split of their knowledge graph, or a table of head,
    relation, tail and label (1 true, -1 or 0 false).

    Runs on behaviour: the last event of each user (--split dev: the one
    before it), among all items; a folder says where the graph is now.

    \b
    Examples:
      kbert evaluate runs/kbert graphs/test --name test
      kbert evaluate runs/kbert test.tsv --columns text=sentence,target=label
      kbert evaluate runs/kgbert --split test
      kbert evaluate runs/kgbert labelled.tsv
      kbert evaluate runs/uprec --negatives 100 --sampling popular
    """
    from graphs.errors import Skipped
    from kbert.backbone import quiet as quiet_transformers
    from kbert.run_files import BEHAVIOUR_FORMAT, TRIPLE_FORMAT, run_format

    quiet_transformers()
    kinds = {TRIPLE_FORMAT: (_on_triples, print_triples), BEHAVIOUR_FORMAT: (_on_behaviour, print_behaviour)}
    kind = run_format(run)
    if kind != BEHAVIOUR_FORMAT:
        refuse_idle({"sampling": "is for runs on behaviour"})
        del given["sampling"]
    measure, show = kinds.get(kind, (_on_texts, _print))
    bad = Skipped(skip_bad)
    result = measure(run, texts, bad, quiet, **given)
    for error in bad.errors:
        console.say(f"skipped {error}")
    if as_json:
        console.print_json(result)
    else:
        show(str(run), texts, result)


def _on_behaviour(run: Path, texts: tuple[str, ...], bad: "Skipped", quiet: bool, **given: Any) -> dict[str, Any]:
    split, behaviour = given["split"] or "test", next(iter(texts), None)
    others = ("format", "columns", "kg", "name", "overwrite", "unseen", "linked", "any_data", "skip_bad")
    refuse_idle(dict.fromkeys(others, f"is for runs on texts or triples, and {run} was trained on behaviour"))
    if given["negatives"] is None:
        refuse_idle(dict.fromkeys(("sampling", "seed"), "goes with --negatives"))
    if len(texts) > 1:
        raise click.UsageError(f"{run} was trained on behaviour: measure on one graph of it")
    drawing = {name: given[name] for name in ("negatives", "sampling", "seed")}
    return measure_behaviour(run, behaviour, split, quiet, **drawing)


def _on_triples(
    run: Path,
    texts: tuple[str, ...],
    bad: "Skipped",
    quiet: bool,
    *,
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    linked: bool,
    **given: Any,
) -> dict[str, Any]:
    if linked:
        raise click.UsageError(f"{run} was trained on triples: --linked is for texts")
    if format or columns or not all_default(format_options):
        raise click.UsageError(f"{run} was trained on triples: --format and --columns are for texts")
    if len(texts) > 1:
        raise click.UsageError(f"{run} was trained on triples: measure on one table of them at a time")
    return measure_triples(run, next(iter(texts), None), bad, quiet, **given)


def _on_texts(
    run: Path,
    texts: tuple[str, ...],
    bad: "Skipped",
    quiet: bool,
    *,
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    kg: str | None,
    name: str | None,
    split: str | None,
    negatives: int | None,
    seed: int,
    **given: Any,
) -> dict[str, Any]:
    from kbert.runs import Run

    if split is not None or negatives is not None:
        raise click.UsageError(f"{run} was trained on texts: --split and --negatives are for runs on triples")
    refuse_idle({"seed": "goes with --negatives"})
    if not texts:
        raise click.UsageError(f"{run} was trained on texts: name a folder of text graphs, or files")
    graphs = graphs_of(texts, "measure on", format=format, columns=columns, kg=kg)
    source = texts_of(texts, format, format_options, columns) if graphs is None else texts[0]
    name = "test" if name is None else name
    with console.bar("texts", None if graphs is None else len(graphs), quiet=quiet) as bar:
        result = Run(run).evaluate(source, kg=kg, name=name, bad=bad, on_batch=bar.advance, **given)
    console.say(f"predictions are kept as {name!r} (kbert compare --on {name})", quiet=quiet)
    return result


def _print(run: str, texts: tuple[str, ...], result: dict[str, Any]) -> None:
    metrics = result["metrics"]
    rows = [(name.replace("_", " "), console.number(v)) for name, v in metrics.items() if isinstance(v, int | float)]
    rows += [*linked_rows(result["linked_share"]), *cut_rows(result["cut"])]
    console.table(f"{run} on {', '.join(texts)}", ("", ""), rows, right=(1,))
    for title in ("per_label", "per_type"):
        if title in metrics:
            header = ("", "precision", "recall", "F1", "gold")
            most = f", the {MOST} most frequent of {len(metrics[title]):,}" if len(metrics[title]) > MOST else ""
            console.table(title.replace("_", " ") + most, header, _per_kind(metrics[title]), right=(1, 2, 3, 4))
    console.line(result["protocol"])
    say_no_knowledge(result["linked_share"])


def _per_kind(metrics: dict[str, dict[str, float]]) -> list[tuple[str, ...]]:
    """A row for each label or type; of very many, for those that the gold has most of."""
    if len(metrics) > MOST:
        metrics = dict(sorted(metrics.items(), key=lambda item: -item[1]["gold"])[:MOST])
    return [
        (kind, *(f"{row[name]:.4f}" for name in ("precision", "recall", "f1")), f"{row['gold']:,.0f}")
        for kind, row in metrics.items()
    ]
