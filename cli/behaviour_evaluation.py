"""Measuring runs on behaviour, for ``kbert evaluate``."""

from pathlib import Path
from typing import Any

from cli import console
from cli.options import refuse_idle

RIVALS = {"kept": "all items", "excluded": "but those seen", "sampled": "drawn"}
SHOWN = ("recall@5", "recall@10", "recall@20", "ndcg@10", "mrr", "tied")


def measure_behaviour(
    run: Path, behaviour: str | None, split: Any, quiet: bool, *, negatives: int | None, sampling: Any, seed: int
) -> dict[str, Any]:
    """The figures of a run on the items that a split asks for, with those of popularity beside them."""
    from kbert.behaviour.sampling import Sampling
    from kbert.recommender_runs import RecommenderRun

    opened = RecommenderRun(run)
    if opened.task == "profile":
        refuse_idle({"negatives": f"is for runs that recommend, and {run} tells profiles"})
        return opened.evaluate_profiles(split=split, behaviour=behaviour)
    drawn = None if negatives is None else Sampling(negatives, sampling, seed)
    with console.bar("users", quiet=quiet) as bar:
        return opened.evaluate(split=split, sampling=drawn, behaviour=behaviour, on_users=bar.advance)


def print_behaviour(run: str, texts: tuple[str, ...], result: dict[str, Any]) -> None:
    """A row for the run and one for what is simplest, by rivals and by length, or a row for each attribute."""
    from kbert.recommender_protocol import ELSEWHERE

    if "simplest" in result:
        _print_profiles(run, result)
        return
    rows = [
        (name, RIVALS[rivals], *(f"{found[rivals][metric]:.4f}" for metric in SHOWN))
        for name, found in ((run, result), ("popularity", result["popularity"]))
        for rivals in result["popularity"]
    ]
    header = ("", "rivals", *SHOWN)
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
    if result["elsewhere"]:
        console.line(ELSEWHERE)


def _print_profiles(run: str, result: dict[str, Any]) -> None:
    """A row for each figure, beside that of saying of everybody what is most frequent."""
    found, simplest = result["metrics"], result["simplest"]
    rows = [(name, f"{found[name]:.4f}", f"{simplest[name]:.4f}") for name in found if name != "users"]
    console.table(f"profiles of {found['users']:,} users", ("", run, "most frequent, or mean"), rows, right=(1, 2))
    console.line(result["protocol"])
