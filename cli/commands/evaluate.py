"""Measure a trained run on text graphs with targets."""

from pathlib import Path

import click

from cli import console
from cli.command import command as kbert_command
from cli.options import as_json, quiet
from cli.results import cut_rows, linked_rows, say_no_knowledge


@kbert_command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("graphs", type=click.Path(path_type=Path))
@click.option(
    "--name",
    default="test",
    show_default=True,
    help="Keep the predictions in the run under this name (for kbert compare).",
)
@click.option(
    "--any-data", is_flag=True, help="Also measure on texts that were trained on, or on graphs made in another way."
)
@as_json
@quiet
def command(run: Path, graphs: Path, name: str, any_data: bool, as_json: bool, quiet: bool) -> None:
    """Measure a run on text graphs it was not trained on.

    \b
    Example:
      kbert evaluate runs/kbert graphs/test --name test
    """
    from graphs.corpus import Corpus
    from kbert.backbone import quiet as quiet_transformers
    from kbert.runs import Run

    quiet_transformers()
    with console.bar("texts", len(Corpus.open(graphs)), quiet=quiet) as bar:
        result = Run(run).evaluate(graphs, name=name, any_data=any_data, on_batch=bar.advance)
    if as_json:
        console.print_json(result)
        return
    metrics = result["metrics"]
    rows = [(name.replace("_", " "), console.number(v)) for name, v in metrics.items() if isinstance(v, int | float)]
    rows += [*linked_rows(result["linked_share"]), *cut_rows(result["cut"])]
    console.table(f"{run} on {graphs}", ("", ""), rows, right=(1,))
    for title in ("per_label", "per_type"):
        if title in metrics:
            header = ("", "precision", "recall", "F1", "gold")
            console.table(title.replace("_", " "), header, _per_kind(metrics[title]), right=(1, 2, 3, 4))
    console.line(result["protocol"])
    say_no_knowledge(result["linked_share"])


def _per_kind(metrics: dict[str, dict[str, float]]) -> list[tuple[str, ...]]:
    """A row for each label or type."""
    return [
        (kind, *(f"{row[name]:.4f}" for name in ("precision", "recall", "f1")), f"{row['gold']:,.0f}")
        for kind, row in metrics.items()
    ]
