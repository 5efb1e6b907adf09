"""What trainings on triples have in common on the command line."""

from pathlib import Path
from typing import Any

import click

from cli import console
from cli.options import Option
from cli.results import cut_something_rows, illegible_rows, undescribed_rows
from cli.training import summary_rows

KG: Option = click.option(
    "--kg", required=True, type=click.Path(), help="Knowledge graph to learn from (kbert kg import)."
)

ENTITY_TEXT: Option = click.option(
    "--entity-text",
    type=click.Choice(["label", "description", "both"]),
    default="label",
    show_default=True,
    help="What is read of an entity.",
)


def print_result(out: Path, result: dict[str, Any], *, as_json: bool) -> None:
    """What came of a training, and how many held-out triples were among those learnt."""
    if as_json:
        console.print_json(result)
        return
    cut = [row for split, some in result["cut"].items() for row in cut_something_rows(some, f" in {split}")]
    at_zero = {"dev accuracy": "dev accuracy at margin 0"}
    summary = [(at_zero.get(name, name), value) for name, value in summary_rows(result)]
    rows = [*summary, *calibration_rows(result), *leaked_rows(result), *cut, *undescribed_rows(result["undescribed"])]
    rows += illegible_rows(result["illegible"])
    console.table(str(out), ("", ""), rows, right=(1,))
    if "protocol" in result:
        console.line(result["protocol"])
    for split, some in result["leaks"].items():
        if some["triples"]:
            console.line(f"The first triple of {split} that train holds too: {', '.join(some['first'])}")
    if "uncalibrated" in result:
        console.line(f"Not calibrated, so it scores without probabilities: {result['uncalibrated']}")


def leaked_rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    """How many held-out triples were among those learnt."""
    leaks = result["leaks"].items()
    return [(f"{split} triples that train holds too", f"{some['triples']:,}") for split, some in leaks]


def calibration_rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What the probabilities and thresholds of a run were fitted on, and how well they do on the other half of it."""
    found = result.get("calibration")
    if found is None:
        return []
    kind = "drawn" if found["drawn"] else "dev's own"
    return [
        (f"false triples for each true one of dev ({kind})", f"{found['false_for_each_true']:.2f}"),
        ("calibration error of sigmoid(margin)", console.number(found["error_before"])),
        ("calibration error, calibrated", console.number(found["error_after"])),
        ("dev accuracy, one threshold", console.number(found["accuracy_global"])),
        ("dev accuracy, a threshold a relation", console.number(found["accuracy_relation"])),
    ]
