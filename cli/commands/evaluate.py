"""Measure a trained run on texts with targets: text graphs, or files as they are."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.options import as_json, other_kg, quiet, skip_bad
from cli.results import cut_rows, linked_rows, say_no_knowledge
from cli.texts import COLUMNS, FORMAT, FORMAT_OPTION, texts_of

if TYPE_CHECKING:
    from graphs.corpus import Corpus


@kbert_command(slots=[FORMAT])
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("texts", nargs=-1, required=True, metavar="GRAPHS|FILE...")
@FORMAT_OPTION
@COLUMNS
@other_kg
@click.option(
    "--name",
    default="test",
    show_default=True,
    help="Keep the predictions in the run under this name (for kbert compare).",
)
@click.option("--overwrite", is_flag=True, help="Replace predictions on other texts that have this name.")
@click.option("--unseen", is_flag=True, help="Leave out the texts that the run was trained on.")
@click.option(
    "--any-data", is_flag=True, help="Also measure on texts that were trained on, or graphs made in another way."
)
@skip_bad
@as_json
@quiet
def command(
    run: Path,
    texts: tuple[str, ...],
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    kg: str | None,
    name: str,
    overwrite: bool,
    unseen: bool,
    any_data: bool,
    skip_bad: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Measure a run on texts with targets that it was not trained on: a folder of text graphs, or files.

    Files are made into graphs as the texts were that the run was trained on.

    \b
    Examples:
      kbert evaluate runs/kbert graphs/test --name test
      kbert evaluate runs/kbert test.tsv --columns text=sentence,target=label
    """
    from graphs.errors import Skipped
    from kbert.backbone import quiet as quiet_transformers
    from kbert.runs import Run

    quiet_transformers()
    graphs, bad = _graphs(texts, any((format, columns, kg))), Skipped(skip_bad)
    source = texts_of(texts, format, format_options, columns) if graphs is None else texts[0]
    with console.bar("texts", None if graphs is None else len(graphs), quiet=quiet) as bar:
        result = Run(run).evaluate(
            source,
            kg=kg,
            name=name,
            overwrite=overwrite,
            any_data=any_data,
            unseen=unseen,
            bad=bad,
            on_batch=bar.advance,
        )
    for error in bad.errors:
        console.say(f"skipped {error}")
    if as_json:
        console.print_json(result)
        return
    metrics = result["metrics"]
    rows = [(name.replace("_", " "), console.number(v)) for name, v in metrics.items() if isinstance(v, int | float)]
    rows += [*linked_rows(result["linked_share"]), *cut_rows(result["cut"])]
    console.table(f"{run} on {', '.join(texts)}", ("", ""), rows, right=(1,))
    for title in ("per_label", "per_type"):
        if title in metrics:
            header = ("", "precision", "recall", "F1", "gold")
            console.table(title.replace("_", " "), header, _per_kind(metrics[title]), right=(1, 2, 3, 4))
    console.line(result["protocol"])
    say_no_knowledge(result["linked_share"])


def _graphs(texts: tuple[str, ...], reading: bool) -> "Corpus | None":
    """The text graphs in a folder; None for files, for which alone there are options of ``reading``."""
    from graphs.corpus import Corpus

    folder = next((text for text in texts if Path(text).is_dir()), None)
    if folder is None:
        return None
    if len(texts) > 1:
        raise click.UsageError(f"{folder} is a folder: measure on one folder of text graphs, or on files")
    if reading:
        raise click.UsageError(f"{folder} is a folder of text graphs: --format, --columns and --kg are for files")
    return Corpus.open(folder)


def _per_kind(metrics: dict[str, dict[str, float]]) -> list[tuple[str, ...]]:
    """A row for each label or type."""
    return [
        (kind, *(f"{row[name]:.4f}" for name in ("precision", "recall", "f1")), f"{row['gold']:,.0f}")
        for kind, row in metrics.items()
    ]
