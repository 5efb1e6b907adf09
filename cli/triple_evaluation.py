"""Measuring a run on labelled triples, for ``kbert evaluate``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.options import refuse_idle
from cli.results import reading_rows

if TYPE_CHECKING:
    from graphs.errors import Skipped

MOST = 20
"""Relations that are shown; the JSON has them all."""

ACCURACIES = {
    "accuracy": "accuracy at margin 0",
    "accuracy_global": "accuracy, one threshold",
    "accuracy_relation": "accuracy, a threshold a relation",
}
"""What the ways to say which triples are true are called."""


def measure_triples(
    run: Path,
    table: str | None,
    bad: "Skipped",
    quiet: bool,
    *,
    split: str | None,
    negatives: int | None,
    seed: int,
    kg: str | None,
    name: str | None,
    **given: Any,
) -> dict[str, Any]:
    """Measure on a table, or on a split of the knowledge graph."""
    from graphs.lines import stem
    from kbert.run_files import name_after
    from kbert.scoring.evaluation import check_judges, evaluate_triples
    from kbert.triple_runs import TripleRun
    from kbert.triples.data import of_split, of_table

    if negatives is None:
        refuse_idle({"seed": "goes with --negatives"})
    opened = TripleRun(run)
    check_judges(opened)
    if name is None:
        name = name_after(stem(table)) if table is not None else split or "test"
    if table is None:
        data = of_split(opened.graph(kg), split or "test", negatives=negatives or 0, seed=seed)
    elif split is not None or negatives is not None:
        raise click.UsageError("--split and --negatives are for the knowledge graph of the run, not for a table")
    else:
        data = of_table(table, bad=bad)
    with console.bar("triples", len(data), quiet=quiet) as bar:
        return evaluate_triples(opened, data, name=name, kg=kg, bad=bad, on_triples=bar.advance, **given)


def print_triples(run: str, tables: tuple[str, ...], result: dict[str, Any]) -> None:
    """Print the figures, those of each relation, and how they were come by."""
    metrics = result["metrics"]
    named = {"true": "true triples", "false": "false triples", **ACCURACIES, "auc": "AUC"}
    rows = [(shown, console.number(metrics[key])) for key, shown in named.items() if metrics.get(key) is not None]
    rows += reading_rows(result)
    console.table(run, ("", ""), rows, right=(1,))
    relations = metrics["per_relation"]
    known = [key for key in ("true", "false", *ACCURACIES, "auc") if key in metrics]
    shown = [(name, *(_cell(row[key]) for key in known)) for name, row in list(relations.items())[:MOST]]
    header = ("relation", "true", "false", *(ACCURACIES[key] for key in known if key in ACCURACIES), "AUC")
    console.table("per relation", header, shown, right=tuple(range(1, len(header))))
    if len(relations) > MOST:
        console.line(f"… and {len(relations) - MOST:,} more (--json has them all)")
    console.line(result["protocol"])
    _tell(result)


def _cell(value: float | None) -> str:
    return "" if value is None else console.number(value)


def _tell(result: dict[str, Any]) -> None:
    """Say where leaks and repetitions begin."""
    leaks, repeats = result["leaks"], result["repeats"]
    if leaks["triples"]:
        left = "(--unseen leaves them out)"
        console.say(f"{leaks['triples']:,} triples stand in train, too, the first at {leaks['first']} {left}")
    if result["contrary"]:
        console.say(f"of {result['contrary']:,} triples train says the contrary")
    if repeats["triples"]:
        console.say(f"{repeats['triples']:,} triples repeat an earlier one, the first at {repeats['first']}")
