"""Measuring runs on behaviour, for ``kbert evaluate``."""

from pathlib import Path
from typing import Any

from cli import console

SHOWN = ("recall@5", "recall@10", "recall@20", "ndcg@10", "mrr", "tied")


def measure_behaviour(run: Path, behaviour: str | None, split: Any, quiet: bool) -> dict[str, Any]:
    """The figures of a run on the items that a split asks for, with those of popularity beside them."""
    from kbert.recommender_runs import RecommenderRun

    opened = RecommenderRun(run)
    with console.bar("users", quiet=quiet) as bar:
        return opened.evaluate(split=split, behaviour=behaviour, on_users=bar.advance)


def print_behaviour(run: str, texts: tuple[str, ...], result: dict[str, Any]) -> None:
    """A row for the run and one for popularity, with items of the history as rivals and without; and by length."""
    rows = [
        (name, seen, *(f"{found[seen][metric]:.4f}" for metric in SHOWN))
        for name, found in ((run, result), ("popularity", result["popularity"]))
        for seen in ("kept", "excluded")
    ]
    header = ("", "items seen", *SHOWN)
    console.table(f"next items of {result['users']:,} users", header, rows, right=tuple(range(2, len(header))))
    lengths = [
        (
            f"{row['from']} and more" if row["to"] is None else f"{row['from']} to {row['to']}",
            f"{row['users']:,}",
            f"{row['recall@10']:.4f}",
            f"{row['ndcg@10']:.4f}",
        )
        for row in result["by_length"]
    ]
    console.table("by length of the history", ("events", "users", "recall@10", "ndcg@10"), lengths, right=(1, 2, 3))
    console.line(result["protocol"])
